import type { PauseKind, ProrationMode } from './capabilities.ts'
import type {
  CheckoutSessionData,
  CouponData,
  CustomerData,
  OurReference,
  PayInvoiceResult,
  PriceData,
  RefundData,
  SubscriptionData,
} from './snapshots.ts'

/** Inputs are plain JSON: they are stored in the Operation before the call, and handed to `lookup` if its outcome stays unknown. */
export interface CreateCustomerInput {
  organizationId: string
  email: string
  name: string
  country: string
  currency: string
}

export interface CreateCheckoutSessionInput {
  externalCustomerId: string
  externalPriceId: string
  quantity: number
  /** Metered prices that are bought along: items without a quantity. Absent where there are none. */
  meteredExternalPriceIds?: string[]
  /** 0: no trial. */
  trialDays: number
  successUrl: string
  cancelUrl: string
  /** A discount that applies from the start; never together with promotion codes that the buyer may type. */
  externalCouponId?: string
  allowPromotionCodes?: boolean
  collectTaxIds?: boolean
  automaticTax?: boolean
  /** Stored at the provider on the session AND on the subscription it will make. */
  reference: OurReference
}

export interface ExpireCheckoutSessionInput {
  externalSessionId: string
}

export interface CancelSubscriptionInput {
  externalSubscriptionId: string
  atPeriodEnd: boolean
  /** Ours; providers ignore it: the scheduled end that is carried out now because the provider can only end at once. RFC 3339. */
  endsAt?: string
}

export interface ReactivateSubscriptionInput {
  externalSubscriptionId: string
}

export interface UpdateSubscriptionInput {
  externalSubscriptionId: string
  /** Items that change: the provider's item id, the price and the quantity it shall have. */
  items: Array<{ externalItemId: string; externalPriceId: string; quantity: number }>
  /** Metered items that change: one is added where `externalItemId` is null, removed where `externalPriceId` is. Absent where none does. */
  meteredItems?: Array<{ externalItemId: string | null; externalPriceId: string | null }>
  proration: ProrationMode
  /** RFC 3339: the moment that a preview computed prorations for, to charge exactly what it showed. */
  prorationAt?: string
  /** Where a page on which the buyer approves the change leads back to. */
  returnUrl?: string
}

export interface PauseSubscriptionInput {
  externalSubscriptionId: string
  kind: PauseKind
  /** RFC 3339; until somebody resumes it when left out. */
  resumesAt?: string
  /** Ours; providers ignore it: it is paused so that it can end then. RFC 3339. */
  endsAt?: string
}

export interface ResumeSubscriptionInput {
  externalSubscriptionId: string
  kind: PauseKind
}

export interface CreateRefundInput {
  externalPaymentId: string
  /** Positive, minor units, never above what is left to refund. */
  amount: number
  currency: string
  reason: 'duplicate' | 'fraudulent' | 'requested_by_customer'
  reference: OurReference
}

export interface PayInvoiceInput {
  externalInvoiceId: string
  /** What is left of it here: a provider that makes no bills cannot know. Minor units. */
  amount: number
  currency: string
}

export interface PublishCouponInput {
  coupon: {
    id: string
    key: string
    name: string
    /** One of the two. Percent with at most two decimals, as text: "12.5". */
    percentOff: string | null
    amountOff: { amount: number; currency: string } | null
    duration: 'once' | 'repeating' | 'forever'
    durationInMonths: number | null
    /** What a buyer may type; null: only we apply it. */
    promotionCode: string | null
    maxRedemptions: number | null
    /** RFC 3339. */
    expiresAt: string | null
  }
}

export interface ReportUsageInput {
  /** The meter's name at the provider. */
  meterEventName: string
  externalCustomerId: string
  /** Decimal text: usage is not always whole. */
  quantity: string
  /** RFC 3339. */
  occurredAt: string
}

export interface PublishPriceInput {
  plan: { id: string; key: string; name: string; description: string | null; externalProductId: string | null }
  price: {
    id: string
    key: string
    currency: string
    amount: number
    interval: 'day' | 'week' | 'month' | 'year'
    intervalCount: number
    /** It bills what is reported of a meter, for each interval when it is over; `amount` is 0. Only where `meteredPrices` is claimed. */
    metered?: {
      /** The meter's name at the provider, which makes the meter where it is not there yet. */
      meterEventName: string
      meterName: string
      /** Minor units for each unit of usage. */
      unitAmountDecimal: string
    }
  }
}

/** Entitlements move only when the change is real: `applied` now, or later through a snapshot. */
export type SubscriptionChangeResult =
  | { outcome: 'applied'; subscription: SubscriptionData }
  | { outcome: 'scheduled'; effectiveAt: Date; subscription: SubscriptionData }
  | { outcome: 'requires_approval'; approvalUrl: string; expiresAt: Date; subscription: SubscriptionData }
  | { outcome: 'pending_payment'; paymentUrl: string | null; subscription: SubscriptionData }

/** Every call that changes something at a provider: its kind, what goes in, what comes out. */
export interface OperationKinds {
  create_customer: { input: CreateCustomerInput; result: CustomerData }
  create_checkout_session: { input: CreateCheckoutSessionInput; result: CheckoutSessionData }
  expire_checkout_session: { input: ExpireCheckoutSessionInput; result: CheckoutSessionData }
  cancel_subscription: { input: CancelSubscriptionInput; result: SubscriptionChangeResult }
  reactivate_subscription: { input: ReactivateSubscriptionInput; result: SubscriptionChangeResult }
  update_subscription: { input: UpdateSubscriptionInput; result: SubscriptionChangeResult }
  pause_subscription: { input: PauseSubscriptionInput; result: SubscriptionChangeResult }
  resume_subscription: { input: ResumeSubscriptionInput; result: SubscriptionChangeResult }
  create_refund: { input: CreateRefundInput; result: RefundData }
  pay_invoice: { input: PayInvoiceInput; result: PayInvoiceResult }
  publish_price: { input: PublishPriceInput; result: PriceData }
  publish_coupon: { input: PublishCouponInput; result: CouponData }
  report_usage: { input: ReportUsageInput; result: { accepted: true } }
}
export type OperationKind = keyof OperationKinds

/** The intent as the provider sees it. `idempotencyKey` is derived from it and is the same at every attempt. */
export interface ProviderOperation<K extends OperationKind = OperationKind> {
  id: string
  kind: K
  idempotencyKey: string
  input: OperationKinds[K]['input']
  startedAt: Date
}
export type AnyProviderOperation = { [K in OperationKind]: ProviderOperation<K> }[OperationKind]

/** What became of a call whose answer never came. */
export type LookupResult<K extends OperationKind = OperationKind> =
  | { outcome: 'succeeded'; result: OperationKinds[K]['result'] }
  | { outcome: 'not_found' }
  | { outcome: 'unknown' }
