import type { Clock } from '../primitives/index.ts'
import type { AccountAbility } from './account.ts'
import type { Capabilities } from './capabilities.ts'
import type {
  AnyProviderOperation,
  CancelSubscriptionInput,
  CreateCheckoutSessionInput,
  CreateCustomerInput,
  CreateRefundInput,
  ExpireCheckoutSessionInput,
  LookupResult,
  PauseSubscriptionInput,
  PayInvoiceInput,
  ProviderOperation,
  PublishCouponInput,
  PublishPriceInput,
  ReactivateSubscriptionInput,
  ReportUsageInput,
  ResumeSubscriptionInput,
  SubscriptionChangeResult,
  UpdateSubscriptionInput,
} from './operation.ts'
import type { ProviderEvent, VerifiedEvent } from './provider-event.ts'
import type {
  ChangePreviewData,
  ChargeData,
  CheckoutSessionData,
  CouponData,
  CustomerData,
  InvoiceData,
  Page,
  PayInvoiceResult,
  PriceData,
  RefundData,
  SubscriptionData,
} from './snapshots.ts'

export type * from './account.ts'
export type { TermsSince } from './billing-calendar.ts'
export type * from './capabilities.ts'
export * from './charged-invoices.ts'
export type * from './operation.ts'
export * from './provider-error.ts'
export type * from './provider-event.ts'
export * from './snapshots.ts'

/**
 * What every payment provider implements.
 *
 * Every mutating method takes its Operation, stored before the call: send `operation.idempotencyKey` where the provider takes one and put
 * `operation.id` into its metadata where it does not, so that `lookup` can find what became of a call whose answer was lost. Throw
 * PaymentProviderError and nothing else, with `outcome: 'unknown'` whenever the provider may have done the work.
 * What a mandatory method cannot do in some form, `capabilities` say: core refuses before it calls.
 */
export interface BasePaymentProvider {
  /** The account's name in this installation: `stripe`, `stripe-eu`. */
  readonly providerName: string
  /** The kind of provider: `stripe`. */
  readonly providerKind: string
  /** As its own people write it, for pages; made of `providerName` when left out. */
  readonly displayName?: string
  readonly mode: 'live' | 'test'
  readonly capabilities: Capabilities
  /** Safe to show to browsers; null where there is none. */
  readonly publishableKey?: string | null

  createCustomer(input: CreateCustomerInput, operation: ProviderOperation<'create_customer'>): Promise<CustomerData>
  /** `externalCustomerId` is what we know; a customer that is gone at the provider is made anew, any other failure is thrown. */
  getOrCreateCustomer(
    input: CreateCustomerInput & { externalCustomerId: string | null },
    operation: ProviderOperation<'create_customer'>,
  ): Promise<CustomerData>

  createCheckoutSession(
    input: CreateCheckoutSessionInput,
    operation: ProviderOperation<'create_checkout_session'>,
  ): Promise<CheckoutSessionData>
  retrieveCheckoutSession(externalSessionId: string): Promise<CheckoutSessionData>
  /** An already expired or complete session is answered as it is. */
  expireCheckoutSession(
    input: ExpireCheckoutSessionInput,
    operation: ProviderOperation<'expire_checkout_session'>,
  ): Promise<CheckoutSessionData>

  retrieveSubscription(externalSubscriptionId: string): Promise<SubscriptionData>
  /** All of them, ended ones too, page by page. */
  listSubscriptions(filter: { externalCustomerId?: string; cursor?: string | null }): Promise<Page<SubscriptionData>>
  /** Cancelling what has already ended is a success. */
  cancelSubscription(
    input: CancelSubscriptionInput,
    operation: ProviderOperation<'cancel_subscription'>,
  ): Promise<SubscriptionChangeResult>
  /** Takes back a scheduled end. What has ended throws `subscription_ended`. */
  reactivateSubscription(
    input: ReactivateSubscriptionInput,
    operation: ProviderOperation<'reactivate_subscription'>,
  ): Promise<SubscriptionChangeResult>
  updateSubscription(
    input: UpdateSubscriptionInput,
    operation: ProviderOperation<'update_subscription'>,
  ): Promise<SubscriptionChangeResult>

  retrieveInvoice(externalInvoiceId: string): Promise<InvoiceData>
  listInvoices(filter: {
    externalCustomerId?: string
    externalSubscriptionId?: string
    cursor?: string | null
  }): Promise<Page<InvoiceData>>

  /** What a change would cost; changes nothing. `input.prorationAt` is chosen by the provider when it is left out. */
  previewUpdate?(input: UpdateSubscriptionInput): Promise<ChangePreviewData>
  readonly pause?: PauseAbility
  /** Tries an open invoice again with the card on file. Paying what is paid already is a success. */
  payInvoice?(input: PayInvoiceInput, operation: ProviderOperation<'pay_invoice'>): Promise<PayInvoiceResult>
  readonly portal?: PortalAbility
  readonly refunds?: RefundAbility
  readonly coupons?: CouponAbility
  readonly usage?: UsageAbility
  /** Present exactly where `capabilities.invoices` is `none`: bills are written from what it collected. */
  readonly charges?: ChargeAbility
  /** Shows everything the account holds, so that existing data can move in. */
  readonly account?: AccountAbility

  /** Makes product and price at the provider; repeating it makes nothing twice. */
  publishPrice(input: PublishPriceInput, operation: ProviderOperation<'publish_price'>): Promise<PriceData>

  /** Looks, never acts: did this operation happen? */
  lookup(operation: AnyProviderOperation): Promise<LookupResult>

  /** Verifies raw bytes. Throws `invalid_signature`, `malformed_payload`, or `verification_unavailable` when it cannot tell now. */
  constructWebhookEvent(rawBody: Uint8Array, headers: Headers, at: { now: Date }): Promise<VerifiedEvent[]>
  /** Pure: theirs to ours. */
  handleWebhookEvent(event: VerifiedEvent): ProviderEvent[]
  /** Where the provider wants another answer than 200 with JSON. */
  webhookReply?(outcome: 'received' | 'invalid'): Response
  /** Where the provider asks the endpoint to prove itself with a GET. */
  webhookChallenge?(request: Request): Response

  /** Pages and calls of its own, mounted at `/<providerName>/`. */
  readonly routes?: readonly ProviderRoute[]
  /** The provider's own clock, where it has one that can be moved: it rules periods and access of what it bills. */
  now?(): Promise<Date>
  /** Work it has to do by itself (the sandbox bills and sends webhooks). Called every second or so; answers how much it did. */
  tick?(): Promise<number>
}

export interface PauseAbility {
  pauseSubscription(
    input: PauseSubscriptionInput,
    operation: ProviderOperation<'pause_subscription'>,
  ): Promise<SubscriptionChangeResult>
  /** Resuming what runs already is a success. */
  resumeSubscription(
    input: ResumeSubscriptionInput,
    operation: ProviderOperation<'resume_subscription'>,
  ): Promise<SubscriptionChangeResult>
}

/** Links to the provider's own pages; short-lived, made for one visit. */
export interface PortalAbility {
  createPortalLink(input: {
    externalCustomerId: string
    returnUrl: string
    /** `payment_method`: straight to giving another card. */
    purpose: 'overview' | 'payment_method'
  }): Promise<{ url: string }>
}

export interface RefundAbility {
  /** Error: `refund_not_possible` when it is more than is left, or the payment never succeeded. */
  createRefund(input: CreateRefundInput, operation: ProviderOperation<'create_refund'>): Promise<RefundData>
  retrieveRefund(externalRefundId: string): Promise<RefundData>
}

export interface CouponAbility {
  /** Makes the discount at the provider; repeating it makes nothing twice. */
  publishCoupon(input: PublishCouponInput, operation: ProviderOperation<'publish_coupon'>): Promise<CouponData>
}

export interface UsageAbility {
  /** Reports one sum of usage. The operation's idempotency key is its identity: reporting it again, within a day at least, counts once. */
  reportUsage(input: ReportUsageInput, operation: ProviderOperation<'report_usage'>): Promise<{ accepted: true }>
}

/** With it `retrieveInvoice` and `listInvoices` are `invoicesOfCharges` over the provider's own list. */
export interface ChargeAbility {
  /** All attempts for one subscription, failed ones too, oldest first, page by page. May lag behind the webhooks. */
  listCharges(input: { externalSubscriptionId: string; cursor?: string | null }): Promise<Page<ChargeData>>
}

export interface ProviderRoute {
  method: 'GET' | 'POST'
  /** Below `/<providerName>`, with `:name` parameters: `/checkout/:id`. */
  path: string
  /** `platform`: core lets only platform keys through. */
  auth: 'public' | 'platform'
  handle(request: Request, parameters: Record<string, string>): Promise<Response>
}

/** A key-value store that outlives the process, one per provider account. Values are plain JSON. */
export interface StateStore {
  get<T>(key: string): Promise<T | null>
  put(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /** In key order. */
  list<T>(prefix: string): Promise<Array<{ key: string; value: T }>>
  /** One at a time over all processes; everything written through the inner store is kept whole or not at all. */
  exclusively<T>(work: (store: StateStore) => Promise<T>): Promise<T>
}

export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What the host gives to a provider when it makes it. */
export interface ProviderHost {
  providerName: string
  /** Where this installation is reached from outside, without a slash at the end. */
  baseUrl: string
  /** Where the provider's webhooks go. */
  webhookUrl: string
  clock: Clock
  logger: Logger
  stateStore: StateStore
  /** The one way out for plain HTTP; tests and embedded hosts pass their own. */
  fetch: typeof fetch
}

/** Makes one provider account. Register it with `PaymentProviderFactory.registerProvider(name, make)`. */
export type MakeProvider = (host: ProviderHost) => BasePaymentProvider
