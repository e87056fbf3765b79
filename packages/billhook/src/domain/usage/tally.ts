import type { usageRollups } from '../../db/schema/index.ts'
import { type Quantity, quantityText } from '../../primitives/index.ts'
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

interface Rollup extends Pick<RollupRow, 'organizationId' | 'meterId' | 'bucketAt' | 'groups' | 'events'> {
  total: Quantity
  highest: Quantity
  last: { value: Quantity; at: Date }
}

/** What events add to the quarters of an hour that they count in. */
export function rollupsOf(organizationId: string, events: readonly CountedEvent[]): RollupRow[] {
  const rollups = new Map<string, Rollup>()
  for (const { meter, value, countedAt, occurredAt, properties } of events) {
    // Different values cannot be added up, and are counted when somebody asks.
    if (value === null || meter.aggregation === 'unique') continue
    const bucket = Math.floor(countedAt.getTime() / bucketMs)
    const groups = groupsOf(meter, properties)
    const key = `${meter.id} ${bucket} ${JSON.stringify(groups)}`
    const last = { value, at: occurredAt }
    const known = rollups.get(key)
    if (known) addTo(known, last)
    else
      rollups.set(key, {
        organizationId,
        meterId: meter.id,
        bucketAt: new Date(bucket * bucketMs),
        groups,
        events: 1,
        total: value,
        highest: value,
        last,
      })
  }
  return [...rollups.values()].map(({ total, highest, last, ...row }) => ({
    ...row,
    total: quantityText(total),
    highest: quantityText(highest),
    lastValue: quantityText(last.value),
    lastAt: last.at,
  }))
}

function addTo(rollup: Rollup, one: Rollup['last']): void {
  rollup.events += 1
  rollup.total += one.value
  if (one.value > rollup.highest) rollup.highest = one.value
  if (isLater(one, rollup.last)) rollup.last = one
}
