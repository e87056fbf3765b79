import type { ProviderEvent } from '../provider-event.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { normalizeDispute } from './normalize-dispute.ts'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import { readWire } from './wire.ts'
import { invoicePaymentEventWire } from './wire-money.ts'

type CheckoutKind = 'checkout.completed' | 'checkout.expired' | 'checkout.failed'
type SubscriptionKind = Extract<ProviderEvent['kind'], `subscription.${string}`>
type InvoiceKind = Extract<ProviderEvent['kind'], `invoice.${string}`>
type CustomerKind = Extract<ProviderEvent['kind'], `customer.${string}`>

/** What one event type means: from the object it holds, or from an id alone when the event is thin. */
export interface Rule {
  snapshot(object: unknown, observedAt: Date): ProviderEvent
  thin(id: string, observedAt: Date): ProviderEvent
}

export function checkout(kind: CheckoutKind): Rule {
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

export function subscription(kind: SubscriptionKind): Rule {
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

export function invoice(kind: InvoiceKind): Rule {
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

/** A draft that was thrown away can never be paid and cannot be read again: to us it is void. */
export function deletedDraft(): Rule {
  return {
    snapshot: (object, observedAt) => {
      const wire = readInvoice(object)
      if (wire.lines.has_more) return { kind: 'ignored', reason: 'a deleted draft with more lines than it shows' }
      const normalized = normalizeInvoice(wire)
      const snapshot = { ...normalized, status: 'void' as const, voidedAt: observedAt, amountRemaining: 0 }
      const refs = { externalInvoiceId: wire.id, externalCustomerId: wire.customer, reference: snapshot.reference }
      return { kind: 'invoice.voided', refs, snapshot, observedAt }
    },
    thin: ignored('a deleted draft cannot be read again').thin,
  }
}

/** Since basil (2025-03-31) the one event that names the payment of an invoice; the invoice shows the rest. */
export function invoicePayment(): Rule {
  return {
    snapshot: (object, observedAt) => {
      const { invoice: externalInvoiceId } = readWire(invoicePaymentEventWire, object, 'invoice payment')
      return { kind: 'invoice.updated', refs: { externalInvoiceId }, observedAt, reread: 'truncated' }
    },
    thin: ignored('a thin event of an invoice payment does not name the invoice; invoice.paid does').thin,
  }
}

export function refund(): Rule {
  return {
    snapshot: (object, observedAt) => {
      const snapshot = normalizeRefund(object)
      const { externalPaymentId, externalCustomerId, reference } = snapshot
      const refs = { externalPaymentId, ...(externalCustomerId && { externalCustomerId }), reference }
      return { kind: 'refund.changed', refs, snapshot, observedAt }
    },
    thin: unreadable('refund').thin,
  }
}

export function dispute(): Rule {
  return {
    snapshot: (object, observedAt) => {
      const snapshot = normalizeDispute(object)
      const { externalPaymentId, externalCustomerId } = snapshot
      const refs = { externalPaymentId, ...(externalCustomerId && { externalCustomerId }) }
      return { kind: 'dispute.changed', refs, snapshot, observedAt }
    },
    thin: unreadable('dispute').thin,
  }
}

function unreadable(what: string): Rule {
  return ignored(`a thin event of a ${what} is not read again: subscribe to the snapshot event`)
}

export function ignored(reason: string): Rule {
  const event = { kind: 'ignored', reason } as const
  return { snapshot: () => event, thin: () => event }
}

/** `created` of an object on a test clock is that clock's time: it cannot be compared with other events'. */
function rereadIfMovedClock({ test_clock }: { test_clock: string | null }) {
  return test_clock ? { reread: 'incomparable_clock' as const } : {}
}

export function customer(kind: CustomerKind): Rule {
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
