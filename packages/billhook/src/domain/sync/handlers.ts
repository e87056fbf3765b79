import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import type { ProviderEvent, ProviderEventKind, ProviderEventSnapshots } from '../../providers/provider.ts'
import { applyCharge } from './apply-charge.ts'
import { applyCheckout, applyCheckoutFailure } from './apply-checkout.ts'
import { applyCustomer } from './apply-customer.ts'
import { applyDispute } from './apply-dispute.ts'
import { applyInvoice } from './apply-invoice.ts'
import { applyRefund } from './apply-refund.ts'
import type { Snapshot } from './apply-snapshots.ts'
import { applySubscription } from './apply-subscription.ts'
import { noteTrialEnding } from './note-trial-ending.ts'
import type { SnapshotOrigin, SyncOutcome } from './outcome.ts'
import type { RereadKind } from './reading.ts'
import type { Observation } from './version.ts'

export interface HandlerInput<K extends ProviderEventKind> {
  origin: SnapshotOrigin
  snapshot: ProviderEventSnapshots[K]
  observation: Observation
}
type Handler<K extends ProviderEventKind> = (
  ctx: Context,
  scope: OrganizationScope,
  input: HandlerInput<K>,
) => Promise<SyncOutcome>

export const handleCheckoutCompleted: Handler<'checkout.completed'> = applyCheckout
export const handleCheckoutExpired: Handler<'checkout.expired'> = applyCheckout
export const handleCheckoutFailed: Handler<'checkout.failed'> = applyCheckoutFailure
export const handleSubscriptionCreated: Handler<'subscription.created'> = applySubscription
export const handleSubscriptionUpdated: Handler<'subscription.updated'> = applySubscription
export const handleSubscriptionDeleted: Handler<'subscription.deleted'> = applySubscription
export const handleInvoiceCreated: Handler<'invoice.created'> = applyInvoice
export const handleInvoiceFinalized: Handler<'invoice.finalized'> = applyInvoice
export const handleInvoicePaymentSucceeded: Handler<'invoice.paid'> = applyInvoice
export const handleInvoicePaymentFailed: Handler<'invoice.payment_failed'> = applyInvoice

/** What each kind of event does, and what is read again when the event alone cannot tell. The compiler proves the table complete. */
export const handlers: { [K in ProviderEventKind]: { reads: RereadKind | null; handle: Handler<K> } } = {
  'checkout.completed': { reads: 'checkout_session', handle: handleCheckoutCompleted },
  'checkout.expired': { reads: 'checkout_session', handle: handleCheckoutExpired },
  'checkout.failed': { reads: null, handle: handleCheckoutFailed },
  'subscription.created': { reads: 'subscription', handle: handleSubscriptionCreated },
  'subscription.updated': { reads: 'subscription', handle: handleSubscriptionUpdated },
  'subscription.deleted': { reads: 'subscription', handle: handleSubscriptionDeleted },
  'subscription.trial_will_end': { reads: 'subscription', handle: noteTrialEnding },
  'invoice.created': { reads: 'invoice', handle: handleInvoiceCreated },
  'invoice.finalized': { reads: 'invoice', handle: handleInvoiceFinalized },
  'invoice.updated': { reads: 'invoice', handle: applyInvoice },
  'invoice.paid': { reads: 'invoice', handle: handleInvoicePaymentSucceeded },
  'invoice.payment_failed': { reads: 'invoice', handle: handleInvoicePaymentFailed },
  'invoice.payment_action_required': { reads: 'invoice', handle: applyInvoice },
  'invoice.voided': { reads: 'invoice', handle: applyInvoice },
  'invoice.uncollectible': { reads: 'invoice', handle: applyInvoice },
  'charge.changed': { reads: null, handle: applyCharge },
  'refund.changed': { reads: 'refund', handle: applyRefund },
  'dispute.changed': { reads: null, handle: applyDispute },
  'customer.updated': { reads: null, handle: applyCustomer },
  'customer.deleted': { reads: null, handle: applyCustomer },
}

/** The snapshot of an event that can be applied together with others: a subscription's or an invoice's, where the event shows all of it. */
export function snapshotOf(event: ProviderEvent, origin: SnapshotOrigin): Snapshot | null {
  if (event.kind === 'ignored' || event.reread || !event.snapshot) return null
  const { handle } = handlers[event.kind]
  const observation: Observation = { by: 'event', at: event.observedAt, ticket: 0, source: 'webhook' }
  const input = { origin, snapshot: event.snapshot, observation }
  // Where bills are written from its terms, more than the subscription may change.
  if ('terms' in event.snapshot && event.snapshot.terms) return null
  if (handle === applySubscription) return { kind: 'subscription', input } as Snapshot
  return handle === applyInvoice ? ({ kind: 'invoice', input } as Snapshot) : null
}
