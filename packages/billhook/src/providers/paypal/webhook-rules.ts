import { z } from 'zod'
import type { ProviderEvent } from '../provider-event.ts'
import type { Charged } from './normalize-charge.ts'
import { normalizeFailedPayment, normalizeSale } from './normalize-charge.ts'
import { normalizeDispute } from './normalize-dispute.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { type CustomFields, fromCustomId } from './reference.ts'
import { failedPaymentWire } from './wire.ts'
import { id, optionalText, readWire } from './wire-fields.ts'
import { disputeWire, refundWire, type SaleWire, saleWire } from './wire-money.ts'

type SubscriptionKind = Extract<ProviderEvent['kind'], `subscription.${string}`>

/** What one event type means, from the object it holds. */
export type Rule = (resource: unknown, observedAt: Date) => ProviderEvent[]

/** All that an event of a subscription is taken for: which one it was. What it is now, PayPal is asked. */
const subscriptionSignal = z.object({ id, custom_id: optionalText })

export function subscription(kind: SubscriptionKind): Rule {
  return (resource, observedAt) => [signal(kind, resource, observedAt)]
}

function signal(kind: SubscriptionKind, resource: unknown, observedAt: Date): ProviderEvent {
  const wire = readWire(subscriptionSignal, resource, 'subscription')
  const { externalCustomerId, reference } = fromCustomId(wire.custom_id, wire.id)
  return { kind, refs: { externalSubscriptionId: wire.id, externalCustomerId, reference }, observedAt, reread: 'thin' }
}

/** The buyer agreed: the session and the subscription are one object. Also sent when one that was suspended runs again. */
export const activation: Rule = (resource, observedAt) => {
  const { id: externalSessionId } = readWire(subscriptionSignal, resource, 'subscription')
  const event = signal('subscription.created', resource, observedAt)
  const refs = event.kind === 'ignored' ? {} : event.refs
  return [{ kind: 'checkout.completed', refs: { ...refs, externalSessionId }, observedAt, reread: 'thin' }, event]
}

const failingSubscription = z.object({
  ...{ id, custom_id: optionalText },
  billing_info: z.object({ last_failed_payment: failedPaymentWire.nullish() }).nullish(),
})

/** Tells both: what the subscription has become, and the attempt, which has no sale. */
export const paymentFailure: Rule = (resource, observedAt) => {
  const wire = readWire(failingSubscription, resource, 'subscription')
  const charged = { externalSubscriptionId: wire.id, ...fromCustomId(wire.custom_id, wire.id) }
  const failure = wire.billing_info?.last_failed_payment
  const dated = failure && { ...failure, time: failure.time ?? observedAt }
  const snapshot = normalizeFailedPayment(dated, charged)
  const update = signal('subscription.updated', resource, observedAt)
  return snapshot ? [update, { kind: 'charge.changed', refs: refsOf(charged), snapshot, observedAt }] : [update]
}

/**
 * Of the old API: it names its subscription as `billing_agreement_id`. A sale without one was sold by something else. A renewal is told by its
 * sale alone, so what the subscription has become is asked for too.
 */
export const sale: Rule = (resource, observedAt) => {
  const wire = readWire(saleWire, resource, 'sale')
  const charged = chargedBySale(wire)
  if (!charged) return [{ kind: 'ignored', reason: `sale ${wire.id} belongs to no subscription` }]
  const snapshot = normalizeSale(wire, charged, observedAt)
  const refs = refsOf(charged)
  return [
    { kind: 'charge.changed', refs: { ...refs, externalPaymentId: wire.id }, snapshot, observedAt },
    { kind: 'subscription.updated', refs, observedAt, reread: 'thin' },
  ]
}

const refsOf = ({ externalSubscriptionId, externalCustomerId, reference }: Charged) => ({
  externalSubscriptionId,
  externalCustomerId,
  reference,
})

function chargedBySale({ billing_agreement_id: subscriptionId, custom }: SaleWire): Charged | null {
  return subscriptionId ? { externalSubscriptionId: subscriptionId, ...fromCustomId(custom, subscriptionId) } : null
}

export const refund: Rule = (resource, observedAt) => moneyBack(readWire(refundWire, resource, 'refund'), observedAt)

/**
 * The bank or PayPal took the money back, without a refund of the seller's. Where the event does not name the sale beside, it is about the
 * sale itself.
 */
export const reversal: Rule = (resource, observedAt) => {
  const wire = readWire(refundWire, resource, 'reversal')
  const own = wire.sale_id ? wire : { ...wire, id: `${wire.id}/reversed`, sale_id: wire.id }
  return moneyBack({ ...own, reason: wire.reason ?? 'reversed' }, observedAt)
}

function moneyBack(wire: z.output<typeof refundWire>, observedAt: Date): ProviderEvent[] {
  const snapshot = normalizeRefund(wire, { toldAt: observedAt })
  const { externalPaymentId } = snapshot
  return [{ kind: 'refund.changed', refs: { externalPaymentId, ...ownerOf(wire.custom) }, snapshot, observedAt }]
}

/** What an event that names no subscription says of its owner. */
function ownerOf(custom: string | null): Partial<CustomFields> {
  const { externalCustomerId, reference } = fromCustomId(custom, '')
  return reference.organizationId ? { externalCustomerId, reference } : {}
}

export const dispute: Rule = (resource, observedAt) => {
  const wire = readWire(disputeWire, resource, 'dispute')
  const snapshot = normalizeDispute(wire, observedAt)
  const { externalPaymentId } = snapshot
  const custom = wire.disputed_transactions?.[0]?.custom ?? null
  return [{ kind: 'dispute.changed', refs: { externalPaymentId, ...ownerOf(custom) }, snapshot, observedAt }]
}

export const ignored =
  (reason: string): Rule =>
  () => [{ kind: 'ignored', reason }]
