import type { Context } from '../../context.ts'
import { BillhookError, conflict, invalid, wholeQuantity } from '../../primitives/index.ts'
import {
  decideEntitlement,
  type Entitlement,
  type LimitInForce,
  type LimitUse,
  limitInForce,
  roomFor,
} from '../entitlements/index.ts'
import { isConsumable, type Meter, type UsageProperties } from '../meters/index.ts'
import { countEvent, type Ledger, prepareMeter, useInLedger } from './ledger.ts'
import type { CountedEvent } from './tally.ts'
import { toCounted } from './to-counted.ts'
import { isRefusal, parseEvent, type SaidEvent } from './usage-event.ts'
import { writeUsage } from './write-usage.ts'

export interface ConsumeInput {
  organizationId: string
  feature: string
  /** The sender's name for it: the same one consumes once. */
  id: string
  /** 1 when left out. */
  quantity?: number | string | undefined
  properties?: UsageProperties | undefined
}

/** `allowed`: it was consumed. */
export type Consumption = Entitlement & { isDuplicate: boolean }

/**
 * Uses up some of a limit, or none of it: checked and counted in one go, however many ask at once. A refusal counts nothing, and the same id
 * may be tried again.
 * Errors: `invalid_id`, `invalid_quantity`, `invalid_properties`, `missing_property` (400); `usage_conflict` (409) for an id that was counted
 * with another quantity; `not_metered`, `not_consumable` (422).
 */
export function consume(ctx: Context, input: ConsumeInput): Promise<Consumption> {
  const said = requireSaid(input)
  return writeUsage(ctx, input.organizationId, {
    eventIds: [said.id],
    decide: (ledger) => decideConsumption(ledger, input.feature, said),
  })
}

/** What is to be consumed, with no meter yet: the feature names it. */
export function requireSaid({
  id,
  quantity,
  properties,
}: Pick<ConsumeInput, 'id' | 'quantity' | 'properties'>): SaidEvent {
  const said = parseEvent({ id, quantity, properties, meter: '', occurredAt: undefined })
  if (isRefusal(said)) throw invalid(said.code, said.detail)
  if (said.quantity === 0n) throw invalid('invalid_quantity', 'quantity is above 0.')
  return said
}

async function decideConsumption(ledger: Ledger, feature: string, said: SaidEvent): Promise<Consumption> {
  const limit = limitInForce(feature, ledger.rights)
  if (!isMetered(limit)) return { ...refuseUnmetered(ledger, feature, limit), isDuplicate: false }
  const event = await requireEvent(ledger, limit, said)
  const use = await useInLedger(ledger, limit)
  const answer = (now: LimitUse) => decideEntitlement(feature, ledger.rights, limit, now)
  if (event === 'duplicate') return { ...answer(use), allowed: true, isDuplicate: true }
  if (!fits(ledger, limit, use, event)) return { ...refused(answer(use)), isDuplicate: false }
  countEvent(ledger, event)
  return { ...answer({ ...use, used: use.used + (event.value ?? 0n) }), allowed: true, isDuplicate: false }
}

export type MeteredLimit = LimitInForce & { meter: Meter }
export const isMetered = (limit: LimitInForce | null): limit is MeteredLimit => limit !== null && limit.meter !== null

/** What nobody gives is refused as everything else; what is given and not counted cannot be used up. Error: `not_metered` (422). */
export function refuseUnmetered({ rights }: Ledger, feature: string, limit: LimitInForce | null): Entitlement {
  const entitlement = decideEntitlement(feature, rights, limit, null)
  if (!entitlement.allowed) return entitlement
  throw new BillhookError('not_metered', `Nothing counts "${feature}": its limit names no meter.`, { status: 422 })
}

/** Errors: `not_consumable` (422), `usage_conflict` (409), the reasons for which an event is refused (400). */
export async function requireEvent(
  ledger: Ledger,
  { meter, feature }: MeteredLimit,
  said: SaidEvent,
): Promise<CountedEvent | 'duplicate'> {
  if (!isConsumable(meter))
    throw new BillhookError(
      'not_consumable',
      `"${feature}" is counted by ${meter.aggregation}, which nothing can be taken from.`,
      { status: 422 },
    )
  if (meter.aggregation === 'count' && said.quantity !== wholeQuantity(1))
    throw invalid('invalid_quantity', `"${feature}" counts events: its quantity is 1.`)
  await prepareMeter(ledger, meter)
  const event = await toCounted(ledger, { ...said, meter: meter.key }, { byQuantity: true })
  if (event === 'duplicate' || !isRefusal(event)) return event
  throw event.code === 'usage_conflict' ? conflict(event.code, event.detail) : invalid(event.code, event.detail)
}

/** Whether there is room for it, with what others hold taken off, and the feature is given at all. */
export function fits(
  { rights }: Ledger,
  limit: MeteredLimit,
  use: LimitUse,
  { value }: Pick<CountedEvent, 'value'>,
): boolean {
  const { reason, allowed } = decideEntitlement(limit.feature, rights, limit, use)
  if (!allowed && reason !== 'limit_reached' && reason !== 'read_only') return false
  const room = roomFor(limit, use)
  return room === null || (value ?? 0n) <= room
}

/** There may be some left, and not enough. */
export const refused = (entitlement: Entitlement): Entitlement => ({
  ...entitlement,
  allowed: false,
  reason: entitlement.allowed ? 'limit_reached' : entitlement.reason,
})
