import type { ProrationMode } from './capabilities.ts'
import type { CheckoutSessionData, CustomerData, OurReference, PriceData, SubscriptionData } from './snapshots.ts'

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
  /** 0: no trial. */
  trialDays: number
  successUrl: string
  cancelUrl: string
  /** Stored at the provider on the session AND on the subscription it will make. */
  reference: OurReference
}

export interface ExpireCheckoutSessionInput {
  externalSessionId: string
}

export interface CancelSubscriptionInput {
  externalSubscriptionId: string
  atPeriodEnd: boolean
}

export interface ReactivateSubscriptionInput {
  externalSubscriptionId: string
}

export interface UpdateSubscriptionInput {
  externalSubscriptionId: string
  /** Items that change: the provider's item id, the price and the quantity it shall have. */
  items: Array<{ externalItemId: string; externalPriceId: string; quantity: number }>
  proration: ProrationMode
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
  publish_price: { input: PublishPriceInput; result: PriceData }
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
