import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { type Quantity, quantityFromText } from '../../primitives/index.ts'
import {
  type Counter,
  counterOf,
  type LimitInForce,
  type LimitUse,
  limitsOnMeter,
  type Rights,
  usageWindowAt,
} from '../entitlements/index.ts'
import { type Meter, sumUsage } from '../meters/index.ts'
import { fillValues, findRemembered, putCounters } from './store.ts'
import { type CountedEvent, counted } from './tally.ts'

/**
 * An organization's usage in the hands of its one writer of the moment: what was counted, and what is about to be. Nothing is written
 * before the end, so what is decided one after another sees what was decided before.
 */
export interface Ledger {
  readonly ctx: Context
  readonly scope: OrganizationScope
  readonly rights: Rights
  /** By the wall clock. */
  readonly receivedAt: Date
  /** By meter id: those prepared, with the limits that count by them. */
  readonly meters: Map<string, PreparedMeter>
  /** By `counterKey`: all that are kept, new ones too. */
  readonly counters: Map<string, Counter>
  /** By `eventKey`: those of the sent ids that were or will be counted. */
  readonly known: Map<string, KnownEvent>
  readonly events: CountedEvent[]
  /** By meter id: what reservations hold. */
  readonly held: Map<string, Quantity>
}

/** What is remembered of a counted event, to tell a repetition from another fact. */
export type KnownEvent = Pick<CountedEvent, 'value' | 'occurredAt' | 'properties'>

export interface PreparedMeter {
  meter: Meter
  limits: LimitInForce[]
  /** The start of the latest period that is open. */
  openSince: Date
}

export const eventKey = (meterId: string, eventId: string): string => `${meterId} ${eventId}`
export const counterKey = ({ meterId, startsAt }: Pick<Counter, 'meterId' | 'startsAt'>): string =>
  `${meterId} ${startsAt.getTime()}`

/** Makes a meter ready to count by: every window that a limit holds against it has a counter. */
export async function prepareMeter(ledger: Ledger, meter: Meter): Promise<PreparedMeter> {
  const known = ledger.meters.get(meter.id)
  if (known) return known
  const limits = limitsOnMeter(meter, ledger.rights)
  for (const limit of limits) await requireCounter(ledger, limit)
  const prepared = { meter, limits, openSince: openSince(ledger.rights, limits) }
  ledger.meters.set(meter.id, prepared)
  return prepared
}

/** Periods close one after another: what is before the start of the latest one that is open has been told for some limit, or billed. */
export function openSince({ rights, now, timeZone }: Rights, limits: readonly LimitInForce[]): Date {
  const cycle = rights.find((right) => right.cycle !== null)?.cycle ?? null
  const billed = usageWindowAt({ window: 'billing_period', cycle, now, timeZone }).start
  const starts = limits.flatMap(({ window }) => (window && !window.isRolling ? [window.start.getTime()] : []))
  return new Date(Math.max(billed.getTime(), ...starts))
}

async function requireCounter(ledger: Ledger, limit: LimitInForce): Promise<void> {
  const { meter, window, feature, amount } = limit
  if (!meter || !window || window.isRolling) return
  const there =
    counterOf(limit, [...ledger.counters.values()]) ?? (await newCounter(ledger, meter, window.start, window.end))
  const ends = there.endsAt && window.end && window.end < there.endsAt ? there.endsAt : window.end
  const before = there.highestLimits[feature]
  const highest = before === undefined ? amount : before === null || amount === null ? null : Math.max(before, amount)
  const counter = { ...there, endsAt: ends, highestLimits: { ...there.highestLimits, [feature]: highest } }
  ledger.counters.set(counterKey(counter), counter)
}

/** Begins with what was counted before anybody asked, and with what was told already where the window seemed to be over. */
async function newCounter(
  { scope, receivedAt }: Ledger,
  meter: Meter,
  startsAt: Date,
  endsAt: Date | null,
): Promise<Counter> {
  const { value, lastAt } = await sumUsage(scope, { meter, from: startsAt, to: null })
  const remembered = await findRemembered(scope, meter.id, startsAt)
  const begun = { meterId: meter.id, startsAt, endsAt, ...remembered }
  const counter: Counter = {
    ...begun,
    used: quantityFromText(value),
    lastAt: meter.aggregation === 'last' ? lastAt : null,
  }
  if (meter.aggregation === 'unique') {
    for (const statement of putCounters([{ organizationId: scope.organizationId, ...counter }], receivedAt))
      await scope.tx.execute(statement)
    await fillValues(scope, meter, startsAt)
  }
  return counter
}

/** Puts an event into the ledger, and moves the counters of its meter. */
export function countEvent(ledger: Ledger, event: CountedEvent): void {
  ledger.events.push(event)
  ledger.known.set(eventKey(event.meter.id, event.eventId), event)
  for (const [key, counter] of ledger.counters) {
    if (counter.meterId === event.meter.id && counter.startsAt <= event.countedAt)
      ledger.counters.set(key, counted(counter, event))
  }
}

/** What is used and held of a limit, with what is in the ledger. Its meter is prepared. */
export async function useInLedger(ledger: Ledger, limit: LimitInForce & { meter: Meter }): Promise<LimitUse> {
  const { meter, window, feature } = limit
  const held = ledger.held.get(meter.id) ?? 0n
  const counter = counterOf(limit, [...ledger.counters.values()])
  if (counter) return { used: counter.used, held, highest: counter.highestLimits[feature] }
  return { used: window ? await rollingUse(ledger, meter, window.start) : 0n, held, highest: undefined }
}

/** A rolling window has no counter: it begins at another instant whenever somebody looks. */
async function rollingUse({ scope, events }: Ledger, meter: Meter, start: Date): Promise<Quantity> {
  const { value } = await sumUsage(scope, { meter, from: start, to: null })
  const added = events.filter((event) => event.meter.id === meter.id && event.countedAt >= start)
  return added.reduce((sum, event) => sum + (event.value ?? 0n), quantityFromText(value))
}
