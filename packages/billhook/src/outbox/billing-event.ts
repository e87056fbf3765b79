import type { CheckoutSession } from './checkout-session.ts'
import type { InvoiceFacts } from './invoice.ts'

export { type CheckoutSession, checkoutSessionView } from './checkout-session.ts'
export { type Invoice, type InvoiceFacts, type InvoiceLine, invoiceFactsOf, invoiceView } from './invoice.ts'

/** A subscription as an event keeps it: facts only; access depends on when one asks. */
export interface SubscriptionFacts {
  id: string
  organizationId: string
  productLine: string
  planId: string
  priceId: string
  status: string
  quantity: number
  provider: string | null
  externalSubscriptionId: string | null
  currentPeriodStart: Date | null
  currentPeriodEnd: Date | null
  paidThroughAt: Date | null
  trialEnd: Date | null
  cancelAt: Date | null
  canceledAt: Date | null
  endedAt: Date | null
}

export interface CustomerFacts {
  id: string
  organizationId: string
  provider: string
  externalCustomerId: string
}

/** Of a subscription, or of a grant: what the other one has is null. */
export interface EntitlementFacts {
  organizationId: string
  grantId: string | null
  subscriptionId: string | null
  planId: string | null
  previousPlanId: string | null
  quantity: number | null
}

export interface ThresholdFacts {
  organizationId: string
  feature: string
  /** Its key. */
  meter: string
  /** In percent of the limit. */
  threshold: number
  used: number
  limit: number
  windowStart: Date
  /** Null: this window never ends. */
  resetsAt: Date | null
}

export interface RefundFacts {
  id: string
  organizationId: string
  paymentId: string
  invoiceId: string | null
  provider: string
  externalRefundId: string
  status: string
  currency: string
  amount: number
}

export interface DisputeFacts {
  id: string
  organizationId: string
  paymentId: string
  provider: string
  externalDisputeId: string
  status: string
  currency: string
  amount: number
  respondBy: Date | null
}

export interface AlertFacts {
  id: string
  organizationId: string
  kind: string
  subject: string
  severity: string
  detail: string
}

/** Every event that Billhook speaks, and what it carries. The one list: sync, docs and receivers read it. */
export interface BillingEventData {
  'customer.created': CustomerFacts
  'checkout.completed': CheckoutSession
  'checkout.expired': CheckoutSession
  'checkout.failed': CheckoutSession
  'subscription.created': SubscriptionFacts
  'subscription.activated': SubscriptionFacts
  'subscription.renewed': SubscriptionFacts
  'subscription.plan_changed': SubscriptionFacts
  'subscription.updated': SubscriptionFacts
  'subscription.cancel_scheduled': SubscriptionFacts
  'subscription.cancel_unscheduled': SubscriptionFacts
  'subscription.paused': SubscriptionFacts
  'subscription.resumed': SubscriptionFacts
  'subscription.past_due': SubscriptionFacts
  'subscription.recovered': SubscriptionFacts
  'subscription.trial_ending': SubscriptionFacts
  'subscription.canceled': SubscriptionFacts
  'invoice.created': InvoiceFacts
  'invoice.finalized': InvoiceFacts
  'invoice.paid': InvoiceFacts
  'invoice.payment_failed': InvoiceFacts
  'invoice.payment_action_required': InvoiceFacts
  'invoice.voided': InvoiceFacts
  'invoice.uncollectible': InvoiceFacts
  'payment.refunded': RefundFacts
  'dispute.opened': DisputeFacts
  'dispute.closed': DisputeFacts
  'entitlements.changed': EntitlementFacts
  'usage.threshold_reached': ThresholdFacts
  'alert.raised': AlertFacts
}
export type BillingEventType = keyof BillingEventData

const listed: Record<BillingEventType, true> = {
  'customer.created': true,
  'checkout.completed': true,
  'checkout.expired': true,
  'checkout.failed': true,
  'subscription.created': true,
  'subscription.activated': true,
  'subscription.renewed': true,
  'subscription.plan_changed': true,
  'subscription.updated': true,
  'subscription.cancel_scheduled': true,
  'subscription.cancel_unscheduled': true,
  'subscription.paused': true,
  'subscription.resumed': true,
  'subscription.past_due': true,
  'subscription.recovered': true,
  'subscription.trial_ending': true,
  'subscription.canceled': true,
  'invoice.created': true,
  'invoice.finalized': true,
  'invoice.paid': true,
  'invoice.payment_failed': true,
  'invoice.payment_action_required': true,
  'invoice.voided': true,
  'invoice.uncollectible': true,
  'payment.refunded': true,
  'dispute.opened': true,
  'dispute.closed': true,
  'entitlements.changed': true,
  'usage.threshold_reached': true,
  'alert.raised': true,
}
/** The same list for whoever checks a name at run time; the compiler holds it complete. */
export const billingEventTypes = Object.keys(listed)

/** What made it true. The fact is the same whoever noticed first. `import`: it happened before this installation knew of it, and came in with existing data. */
export type BillingEventSource = 'webhook' | 'api' | 'reconcile' | 'timer' | 'import'

/** What a state change says, before it has an id. */
export type BillingFact = {
  [K in BillingEventType]: { type: K; objectId: string; data: BillingEventData[K] }
}[BillingEventType]

/** A value as it is stored and sent: dates are RFC 3339 text. */
export type AsJson<T> = T extends Date
  ? string
  : T extends ReadonlyArray<infer Item>
    ? Array<AsJson<Item>>
    : T extends object
      ? { [K in keyof T]: AsJson<T[K]> }
      : T

interface BillingEventOf<K extends BillingEventType> {
  id: string
  type: K
  organizationId: string
  objectKind: string
  objectId: string
  /** 1, 2, 3 ... per object. */
  sequence: number
  source: BillingEventSource
  occurredAt: Date
  data: AsJson<BillingEventData[K]>
}

/** Immutable. `type` says what `data` is: the object as it was then. */
export type BillingEvent = { [K in BillingEventType]: BillingEventOf<K> }[BillingEventType]
