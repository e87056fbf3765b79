import type { ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { understand } from './errors.ts'
import { wireOf } from './verify-webhook.ts'
import {
  checkout,
  customer,
  deletedDraft,
  dispute,
  ignored,
  invoice,
  invoicePayment,
  type Rule,
  refund,
  subscription,
} from './webhook-rules.ts'
import type { EventWire } from './wire.ts'

/** Types as docs.stripe.com/api/events/types lists them. Thin ones are the same with `v1.` before. */
const rules = new Map<string, Rule>(
  Object.entries({
    'checkout.session.completed': checkout('checkout.completed'),
    'checkout.session.async_payment_succeeded': checkout('checkout.completed'),
    'checkout.session.async_payment_failed': checkout('checkout.failed'),
    'checkout.session.expired': checkout('checkout.expired'),
    'customer.subscription.created': subscription('subscription.created'),
    'customer.subscription.updated': subscription('subscription.updated'),
    'customer.subscription.deleted': subscription('subscription.deleted'),
    'customer.subscription.paused': subscription('subscription.updated'),
    'customer.subscription.resumed': subscription('subscription.updated'),
    'customer.subscription.trial_will_end': subscription('subscription.trial_will_end'),
    'customer.subscription.pending_update_applied': subscription('subscription.updated'),
    'customer.subscription.pending_update_expired': subscription('subscription.updated'),
    'invoice.created': invoice('invoice.created'),
    'invoice.finalized': invoice('invoice.finalized'),
    'invoice.updated': invoice('invoice.updated'),
    'invoice.paid': invoice('invoice.paid'),
    'invoice.payment_succeeded': invoice('invoice.paid'),
    'invoice.payment_failed': invoice('invoice.payment_failed'),
    'invoice.payment_action_required': invoice('invoice.payment_action_required'),
    'invoice.voided': invoice('invoice.voided'),
    'invoice.marked_uncollectible': invoice('invoice.uncollectible'),
    'invoice.overdue': invoice('invoice.updated'),
    'invoice.overpaid': invoice('invoice.updated'),
    'invoice.finalization_failed': invoice('invoice.updated'),
    'invoice.payment_attempt_required': invoice('invoice.updated'),
    'invoice.deleted': deletedDraft(),
    'invoice_payment.paid': invoicePayment(),
    'refund.created': refund(),
    'refund.updated': refund(),
    'refund.failed': refund(),
    // What `refund.updated` is called for endpoints pinned before acacia (2024-10-28).
    'charge.refund.updated': refund(),
    'charge.refunded': ignored('the same refund comes as refund.created'),
    'charge.dispute.created': dispute(),
    'charge.dispute.updated': dispute(),
    'charge.dispute.closed': dispute(),
    'charge.dispute.funds_withdrawn': dispute(),
    'charge.dispute.funds_reinstated': dispute(),
    'customer.updated': customer('customer.updated'),
    'customer.deleted': customer('customer.deleted'),
  }),
)

/** Thin events come in finer types (`v1.customer.subscription.past_due`): what they are about is enough to read it again. */
const rulesByThinObject = new Map<string, Rule>(
  Object.entries({
    subscription: subscription('subscription.updated'),
    invoice: invoice('invoice.updated'),
  }),
)

/** Pure: theirs to ours. Throws `malformed_payload` where guessing would be needed. */
export function normalizeWebhook(event: VerifiedEvent, provider: string): ProviderEvent[] {
  return understand(provider, () => {
    const wire = wireOf(event)
    return [wire.data ? fromSnapshotEvent(wire, wire.data.object) : fromThinEvent(wire)]
  })
}

function fromSnapshotEvent(wire: EventWire, object: unknown): ProviderEvent {
  return rules.get(wire.type)?.snapshot(object, wire.created) ?? unknownType(wire.type)
}

function fromThinEvent(wire: EventWire): ProviderEvent {
  const related = wire.related_object
  if (!related) return { kind: 'ignored', reason: `thin event ${wire.type} names no object` }
  const rule = rules.get(wire.type.replace(/^v1\./, '')) ?? rulesByThinObject.get(related.type)
  return rule?.thin(related.id, wire.created) ?? unknownType(wire.type)
}

function unknownType(type: string): ProviderEvent {
  return { kind: 'ignored', reason: `unknown type ${type}` }
}
