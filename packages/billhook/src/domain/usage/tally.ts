import type { usageEvents, usageRollups } from '../../db/schema/index.ts'
import { type Quantity, quantityFromText, quantityText } from '../../primitives/index.ts'
import type { Counter } from '../entitlements/index.ts'
import { bucketMs, groupsOf, type Meter, type UsageProperties } from '../meters/index.ts'

/** An event with its place, and what it adds to its meter. */
export interface CountedEvent {
  meter: Meter
  eventId: string
  occurredAt: Date
  countedAt: Date
  /** Null: the meter's filters leave it out. */
  value: Quantity | null
  properties: UsageProperties
  digest: string
}

/** What a counter shows after one more event. A `unique` meter's knows by its values, which the database keeps. */
export function counted(counter: Counter, { meter, value, occurredAt }: CountedEvent): Counter {
  if (value === null) return counter
  const { used, lastAt } = counter
  switch (meter.aggregation) {
    case 'count':
    case 'sum':
      return { ...counter, used: used + value }
    case 'max':
      return { ...counter, used: value > used ? value : used }
    case 'last':
      return isLater({ value, at: occurredAt }, { value: used, at: lastAt })
        ? { ...counter, used: value, lastAt: occurredAt }
        : counter
    case 'unique':
      return counter
  }
}

/** Of two at one instant the higher one is the later, so that the order of their arrival does not matter. */
function isLater(a: { value: Quantity; at: Date }, b: { value: Quantity; at: Date | null }): boolean {
  const difference = b.at === null ? 1 : a.at.getTime() - b.at.getTime()
  return difference > 0 || (difference === 0 && a.value > b.value)
}

type RollupRow = typeof usageRollups.$inferInsert

/** What events add to the quarters of an hour that they count in. */
export function rollupsOf(organizationId: string, events: readonly CountedEvent[]): RollupRow[] {
  const rows = new Map<string, RollupRow>()
  for (const { meter, value, countedAt, occurredAt, properties } of events) {
    // Different values cannot be added up, and are counted when somebody asks.
    if (value === null || meter.aggregation === 'unique') continue
    const bucketAt = new Date(Math.floor(countedAt.getTime() / bucketMs) * bucketMs)
    const groups = groupsOf(meter, properties)
    const key = `${meter.id} ${bucketAt.getTime()} ${JSON.stringify(groups)}`
    const text = quantityText(value)
    const one = { events: 1, total: text, highest: text, lastValue: text, lastAt: occurredAt }
    const before = rows.get(key)
    rows.set(key, before ? merged(before, one) : { organizationId, meterId: meter.id, bucketAt, groups, ...one })
  }
  return [...rows.values()]
}

function merged(
  row: RollupRow,
  one: Pick<RollupRow, 'events' | 'total' | 'highest' | 'lastValue' | 'lastAt'>,
): RollupRow {
  const value = quantityFromText(one.total)
  const last = { value: quantityFromText(row.lastValue), at: row.lastAt }
  const takesLast = isLater({ value, at: one.lastAt }, last)
  return {
    ...row,
    events: row.events + 1,
    total: quantityText(quantityFromText(row.total) + value),
    highest: value > quantityFromText(row.highest) ? one.total : row.highest,
    ...(takesLast ? { lastValue: one.lastValue, lastAt: one.lastAt } : {}),
  }
}

export const eventRows = (
  organizationId: string,
  receivedAt: Date,
  events: readonly CountedEvent[],
): Array<typeof usageEvents.$inferInsert> =>
  events.map(({ meter, eventId, occurredAt, countedAt, value, properties, digest }) => ({
    ...{ organizationId, meterId: meter.id, eventId, receivedAt, occurredAt, countedAt, properties, digest },
    value: value === null ? null : quantityText(value),
  }))
