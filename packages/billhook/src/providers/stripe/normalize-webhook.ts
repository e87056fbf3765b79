import type { ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { understand } from './errors.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import { type EventWire, eventWire, readWire } from './wire.ts'

type CheckoutKind = 'checkout.completed' | 'checkout.expired' | 'checkout.failed'
type SubscriptionKind = Extract<ProviderEvent['kind'], `subscription.${string}`>
type InvoiceKind = Extract<ProviderEvent['kind'], `invoice.${string}`>
type CustomerKind = Extract<ProviderEvent['kind'], `customer.${string}`>

/** What one event type means: from the object it holds, or from an id alone when the event is thin. */
interface Rule {
  snapshot(object: unknown, observedAt: Date): ProviderEvent
  thin(id: string, observedAt: Date): ProviderEvent
}

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
    const wire = readWire(eventWire, JSON.parse(event.raw), 'event')
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

function checkout(kind: CheckoutKind): Rule {
  return {
    snapshot: (object, observedAt) => {
      const session = normalizeCheckoutSession(object)
      // Stripe leaves a session `complete` and `unpaid` when its slow payment failed; to us it is over and bought nothing.
      const snapshot = kind === 'checkout.failed' ? { ...session, status: 'expired' as const } : session
      const { externalSessionId, externalCustomerId, externalSubscriptionId, reference } = snapshot
      const refs = {
        externalSessionId,
        ...(externalCustomerId && { externalCustomerId }),
        ...(externalSubscriptionId && { externalSubscriptionId }),
        reference,
      }
      return { kind, refs, snapshot, observedAt }
    },
    thin: (externalSessionId, observedAt) => ({ kind, refs: { externalSessionId }, observedAt, reread: 'thin' }),
  }
}

function subscription(kind: SubscriptionKind): Rule {
  return {
    snapshot: (object, observedAt) => {
      const wire = readSubscription(object)
      const named = { externalSubscriptionId: wire.id, externalCustomerId: wire.customer }
      if (wire.items.has_more) return { kind, refs: named, observedAt, reread: 'truncated' }
      const snapshot = normalizeSubscription(wire)
      const refs = { ...named, reference: snapshot.reference }
      return { kind, refs, snapshot, observedAt, ...rereadIfMovedClock(wire) }
    },
    thin: (externalSubscriptionId, observedAt) => ({
      kind,
      refs: { externalSubscriptionId },
      observedAt,
      reread: 'thin',
    }),
  }
}

function invoice(kind: InvoiceKind): Rule {
  return {
    snapshot: (object, observedAt) => {
      const wire = readInvoice(object)
      const named = { externalInvoiceId: wire.id, externalCustomerId: wire.customer }
      // Without all lines there is no subtotal.
      if (wire.lines.has_more) return { kind, refs: named, observedAt, reread: 'truncated' }
      const snapshot = normalizeInvoice(wire)
      const { externalSubscriptionId, reference } = snapshot
      const refs = { ...named, ...(externalSubscriptionId && { externalSubscriptionId }), reference }
      // `payment_succeeded` also comes for a part of the money.
      const meant = kind === 'invoice.paid' && snapshot.status !== 'paid' ? 'invoice.updated' : kind
      // Since basil (2025-03-31) an event does not show the payment, which is all that this one is about.
      const hidesPayment = kind === 'invoice.payment_action_required' && snapshot.payments === null
      const reread = hidesPayment ? { reread: 'truncated' as const } : rereadIfMovedClock(wire)
      return { kind: meant, refs, snapshot, observedAt, ...reread }
    },
    thin: (externalInvoiceId, observedAt) => ({ kind, refs: { externalInvoiceId }, observedAt, reread: 'thin' }),
  }
}

/** `created` of an object on a test clock is that clock's time: it cannot be compared with other events'. */
function rereadIfMovedClock({ test_clock }: { test_clock: string | null }) {
  return test_clock ? { reread: 'incomparable_clock' as const } : {}
}

function customer(kind: CustomerKind): Rule {
  return {
    snapshot: (object, observedAt) => {
      const normalized = normalizeCustomer(object)
      const snapshot = { ...normalized, deleted: kind === 'customer.deleted' || normalized.deleted }
      return {
        kind,
        refs: { externalCustomerId: snapshot.externalCustomerId, reference: snapshot.reference },
        snapshot,
        observedAt,
      }
    },
    thin: (externalCustomerId, observedAt) => {
      if (kind !== 'customer.deleted')
        return { kind: 'ignored', reason: 'a thin customer event carries nothing that is kept' }
      const gone = { externalCustomerId, email: null, name: null, currency: null, deleted: true, reference: {} }
      return { kind, refs: { externalCustomerId }, snapshot: gone, observedAt }
    },
  }
}
