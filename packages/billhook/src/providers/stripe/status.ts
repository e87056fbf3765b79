import type { BillingReason, CheckoutStatus, InvoiceStatus, PaymentStatus, SubscriptionStatus } from '../snapshots.ts'
import { UnreadableObject } from './errors.ts'

/** Stripe's subscription statuses are ours, word for word; a new one must be understood before it may rule access. */
const subscriptionStatuses: readonly SubscriptionStatus[] = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
]
const liveStatuses: readonly SubscriptionStatus[] = ['trialing', 'active', 'past_due', 'unpaid', 'paused']
const endedStatuses: readonly SubscriptionStatus[] = ['canceled', 'incomplete_expired']
const invoiceStatuses: readonly InvoiceStatus[] = ['draft', 'open', 'paid', 'uncollectible', 'void']

export function subscriptionStatus(status: string): SubscriptionStatus {
  return oneOf(subscriptionStatuses, status, 'subscription status')
}

export function isLive(status: SubscriptionStatus): boolean {
  return liveStatuses.includes(status)
}

export function hasEnded(status: string | null): boolean {
  return endedStatuses.some((ended) => ended === status)
}

export function invoiceStatus(status: string | null, paid: boolean): InvoiceStatus {
  // Before 2018 invoices had no status, only `paid`.
  return oneOf(invoiceStatuses, status ?? (paid ? 'paid' : 'draft'), 'invoice status')
}

/**
 * `complete` with `unpaid` is a slow method still clearing (docs.stripe.com/payments/checkout/fulfill-orders). Its failure leaves the
 * session as it was, so what became of the subscription decides.
 */
export function checkoutStatus(session: {
  status: string | null
  paymentStatus: string | null
  subscriptionStatus: string | null
}): CheckoutStatus {
  if (session.status === 'open' || session.status === 'expired') return session.status
  if (session.status !== 'complete')
    throw new UnreadableObject(`Stripe's checkout session status "${session.status}" is unknown.`)
  if (hasEnded(session.subscriptionStatus)) return 'expired'
  return session.paymentStatus === 'unpaid' ? 'processing' : 'complete'
}

/** Only a real cycle is `subscription_cycle`: a period is invoiced once for that reason. Source: Invoice.billing_reason. */
const billingReasons = new Map<string, BillingReason>(
  Object.entries({
    subscription_create: 'subscription_create',
    subscription_cycle: 'subscription_cycle',
    subscription_update: 'subscription_update',
    subscription_threshold: 'subscription_update',
    subscription: 'subscription_update',
    quote_accept: 'subscription_create',
    upcoming: 'subscription_cycle',
    automatic_pending_invoice_item_invoice: 'manual',
    manual: 'manual',
  }),
)

export function billingReason(reason: string | null): BillingReason {
  return billingReasons.get(reason ?? 'manual') ?? 'manual'
}

/** PaymentIntent.status. `requires_payment_method` is a failure only when an attempt left an error; else nobody has tried yet. */
const paymentStatuses = new Map<string, PaymentStatus>(
  Object.entries({
    succeeded: 'succeeded',
    processing: 'processing',
    requires_capture: 'processing',
    requires_action: 'requires_action',
    requires_confirmation: 'requires_action',
    canceled: 'canceled',
  }),
)

export function paymentIntentStatus(status: string | null, hasError: boolean): PaymentStatus | null {
  if (status === 'requires_payment_method') return hasError ? 'failed' : null
  return paymentStatuses.get(status ?? '') ?? null
}

function oneOf<T extends string>(known: readonly T[], status: string, what: string): T {
  const found = known.find((candidate) => candidate === status)
  if (!found) throw new UnreadableObject(`Stripe's ${what} "${status}" is unknown.`)
  return found
}
