/**
 * What providers return, in our words. Snapshots are facts about one moment: plain data, no methods, no provider's field names.
 * Amounts are safe integers of the currency's minor unit, signed where a line can be a credit. Times are UTC instants.
 */

import type { BillingTerms, ChargeData } from './charges.ts'

export type { BillingTerms, ChargeData } from './charges.ts'

/** Statuses in which a subscription is the organization's present one; at most one of them for each product line. */
export const liveStatuses = ['trialing', 'active', 'past_due', 'unpaid', 'paused'] as const
/** Nothing leads out of these at the provider. */
export const terminalStatuses = ['canceled', 'incomplete_expired'] as const
export const subscriptionStatuses = ['incomplete', ...liveStatuses, ...terminalStatuses] as const
export type SubscriptionStatus = (typeof subscriptionStatuses)[number]

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
export type CheckoutStatus = 'open' | 'processing' | 'complete' | 'expired'
export type PaymentStatus = 'processing' | 'requires_action' | 'succeeded' | 'failed' | 'canceled'
export type RefundStatus = 'pending' | 'succeeded' | 'failed'
export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual'

/** Our own ids, found again in a provider's metadata. Never trusted across organizations: the writer checks who owns what. */
export interface OurReference {
  organizationId?: string
  checkoutSessionId?: string
  subscriptionId?: string
  operationId?: string
}

export interface CustomerData {
  externalCustomerId: string
  email: string | null
  name: string | null
  currency: string | null
  deleted: boolean
  reference: OurReference
}

export interface CheckoutSessionData {
  externalSessionId: string
  status: CheckoutStatus
  /** Where the buyer pays; null once the session is no longer open. */
  url: string | null
  externalCustomerId: string | null
  externalSubscriptionId: string | null
  expiresAt: Date | null
  reference: OurReference
}

export interface SubscriptionItemData {
  externalItemId: string
  externalPriceId: string
  /** Null for metered items. */
  quantity: number | null
}

export interface PauseData {
  /** `collection`: the product goes on and invoices wait; `service`: nothing is billed and nothing advances. */
  kind: 'collection' | 'service'
  from: Date | null
  resumesAt: Date | null
}

export interface SubscriptionData {
  externalSubscriptionId: string
  externalCustomerId: string
  status: SubscriptionStatus
  currency: string
  items: SubscriptionItemData[]
  /** A live subscription without a period is an error of the adapter, never epoch 0. Null only before the first period. */
  currentPeriodStart: Date | null
  currentPeriodEnd: Date | null
  /** From here the regular cycles are counted; another one means that they are counted anew. */
  billingAnchorAt: Date | null
  startedAt: Date | null
  trialStart: Date | null
  trialEnd: Date | null
  /** When it is going to end, whichever way the provider says it; null when it renews. */
  cancelAt: Date | null
  canceledAt: Date | null
  endedAt: Date | null
  pause: PauseData | null
  latestExternalInvoiceId: string | null
  /** Where the provider makes no documents: what bills are written from. */
  terms?: BillingTerms
  /** Likewise: since when it tries to collect nothing; null while it does. What it had planned before is off. */
  collectsNothingSince?: Date | null
  reference: OurReference
}

export interface InvoiceLineData {
  externalLineId: string | null
  description: string
  quantity: number | null
  /** Net of tax, before invoice discounts; negative for a proration credit. */
  amount: number
  externalPriceId: string | null
  periodStart: Date | null
  periodEnd: Date | null
  proration: boolean
}

export interface PaymentData {
  externalPaymentId: string
  status: PaymentStatus
  amount: number
  /** What of it went to this bill, where one payment pays several; absent: all that was collected. */
  amountAllocated?: number
  currency: string
  declineCode: string | null
  failureMessage: string | null
  attemptedAt: Date | null
}

export interface InvoiceData {
  externalInvoiceId: string
  externalCustomerId: string
  externalSubscriptionId: string | null
  number: string | null
  status: InvoiceStatus
  billingReason: BillingReason
  currency: string
  /** Sum of the lines. */
  subtotal: number
  discount: number
  tax: number
  /** subtotal - discount + tax */
  total: number
  /** Customer balance used: amountDue = max(0, total - creditApplied). */
  creditApplied: number
  amountDue: number
  amountPaid: number
  amountRemaining: number
  amountRefunded: number
  /** The service period that is billed (not the provider's look-back). */
  periodStart: Date | null
  periodEnd: Date | null
  createdAt: Date
  dueAt: Date | null
  finalizedAt: Date | null
  paidAt: Date | null
  voidedAt: Date | null
  attemptCount: number
  nextPaymentAttemptAt: Date | null
  hostedUrl: string | null
  pdfUrl: string | null
  lines: InvoiceLineData[]
  /** Attempts to collect, where the provider showed them; an absent list says nothing about payments. */
  payments: PaymentData[] | null
  reference: OurReference
}

/** Money that went back. `amount` is positive, in minor units. */
export interface RefundData {
  externalRefundId: string
  externalPaymentId: string
  /** Null where the provider does not tell which bill it was for. */
  externalInvoiceId: string | null
  externalCustomerId: string | null
  status: RefundStatus
  amount: number
  currency: string
  reason: string | null
  failureMessage: string | null
  createdAt: Date
  reference: OurReference
}

export type DisputeStatus = 'needs_response' | 'under_review' | 'won' | 'lost'

/** A payment that the buyer's bank asks back. */
export interface DisputeData {
  externalDisputeId: string
  externalPaymentId: string
  externalCustomerId: string | null
  status: DisputeStatus
  amount: number
  currency: string
  reason: string | null
  /** Until when evidence can be given. */
  respondBy: Date | null
  createdAt: Date
}

/** A discount as the provider knows it. Exactly one of the two is set. */
export interface CouponData {
  externalCouponId: string
  /** What the buyer types, where it has a promotion code. */
  externalPromotionCodeId: string | null
}

/** What a change would cost. Amounts are minor units of `currency`; credits are negative. */
export interface ChangePreviewData {
  currency: string
  /** Everything the change itself puts on a bill, net and signed. */
  lines: InvoiceLineData[]
  /** Sum of the proration lines. */
  proration: number
  tax: number
  /** Customer balance that would be used. */
  creditApplied: number
  /** To be paid when the change is committed; 0 when it goes on the next bill. */
  dueNow: number
  nextCharge: { amount: number; at: Date } | null
  /** The moment that prorations are computed for: committing with it charges exactly this. */
  prorationAt: Date
}

export type PayInvoiceResult = (
  | { outcome: 'paid' | 'processing' }
  /** The buyer must do something at `url`: confirm with the bank, give another card. */
  | { outcome: 'requires_action'; url: string }
) &
  ShownPayment

/** The bill as it is now, where the provider makes it; the attempt, where it only collects and there was one. */
interface ShownPayment {
  invoice?: InvoiceData
  charge?: ChargeData
}

export interface PriceData {
  externalPriceId: string
  externalProductId: string
}

export interface Page<T> {
  data: T[]
  /** Pass back to go on; null at the end. */
  nextCursor: string | null
}
