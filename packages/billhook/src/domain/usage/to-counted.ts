import { type Quantity, stableStringify } from '../../primitives/index.ts'
import { countedValue, type Meter, passesFilters } from '../meters/index.ts'
import { eventKey, type KnownEvent, type Ledger, prepareMeter } from './ledger.ts'
import { placeInTime } from './place-in-time.ts'
import type { CountedEvent } from './tally.ts'
import { isRefusal, type Refusal, refusal, type SaidEvent } from './usage-event.ts'

/**
 * Whether and where an event counts, by its meter and its time; whether it was counted before. Puts nothing into the ledger.
 * `byQuantity`: it counts as much as its quantity says, whatever property the meter would read.
 */
export async function toCounted(
  ledger: Ledger,
  said: SaidEvent,
  { byQuantity }: { byQuantity: boolean },
): Promise<CountedEvent | 'duplicate' | Refusal> {
  const { rights, ctx, known } = ledger
  const meter = rights.meters.get(said.meter)
  if (!meter) return refusal('unknown_meter', `There is no meter "${said.meter.slice(0, 100).toWellFormed()}".`)
  const read = byQuantity ? { ...meter, property: null } : meter
  const value = passesFilters(meter, said.properties) ? countedValue(read, said) : null
  if (typeof value === 'string') return refusal(value, problems[value](meter))
  const before = known.get(eventKey(meter.id, said.id))
  if (before) {
    if (isSame(before, said, value)) return 'duplicate'
    return refusal('usage_conflict', 'This id was counted before, with another quantity, time or other properties.')
  }
  const { openSince } = await prepareMeter(ledger, meter)
  const place = placeInTime(said.occurredAt, { now: rights.now, openSince, lateDays: ctx.settings.usageLateDays })
  if (isRefusal(place)) return place
  return { meter, eventId: said.id, properties: said.properties, value, ...place }
}

/** A time that is not said the second time is no other time. */
const isSame = (before: KnownEvent, { occurredAt, properties }: SaidEvent, value: Quantity | null): boolean =>
  before.value === value &&
  (occurredAt === null || occurredAt.getTime() === before.occurredAt.getTime()) &&
  stableStringify(before.properties) === stableStringify(properties)

const problems = {
  missing_property: ({ property }: Meter) => `The meter counts the property "${property}", which is missing.`,
  invalid_quantity: ({ property }: Meter) =>
    `The property "${property}" is no number from 0 to 1000000000000, with at most six decimals.`,
}
