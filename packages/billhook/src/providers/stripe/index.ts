import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountAbility } from '../account.ts'
import type { Capabilities } from '../capabilities.ts'
import type { EnvironmentProvider } from '../environment-provider.ts'
import type {
  AnyProviderOperation,
  CancelSubscriptionInput,
  CreateCheckoutSessionInput,
  CreateCustomerInput,
  ExpireCheckoutSessionInput,
  LookupResult,
  PayInvoiceInput,
  ProviderOperation,
  PublishPriceInput,
  ReactivateSubscriptionInput,
  UpdateSubscriptionInput,
} from '../operation.ts'
import type {
  BasePaymentProvider,
  CouponAbility,
  MakeProvider,
  PauseAbility,
  PortalAbility,
  ProviderHost,
  RefundAbility,
  UsageAbility,
} from '../provider.ts'
import type { ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { accountOf } from './account.ts'
import { createCheckoutSession, expireCheckoutSession, retrieveCheckoutSession } from './checkout.ts'
import { createClient, type StripeClient, type Waiting } from './client.ts'
import { publishCoupon } from './coupons.ts'
import { createCustomer, getOrCreateCustomer } from './customers.ts'
import { listInvoices, retrieveInvoice } from './invoices.ts'
import { lookup } from './lookup.ts'
import { normalizeWebhook } from './normalize-webhook.ts'
import { optionsFromEnvironment, parseOptions, type StripeOptions, type StripeSettings } from './options.ts'
import { pauseSubscription, resumeSubscription } from './pause.ts'
import { payInvoice } from './pay-invoice.ts'
import { createPortalLink } from './portal.ts'
import { previewUpdate } from './preview.ts'
import { publishPrice } from './prices.ts'
import { createRefund, retrieveRefund } from './refunds.ts'
import {
  cancelSubscription,
  listSubscriptions,
  reactivateSubscription,
  retrieveSubscription,
  updateSubscription,
} from './subscriptions.ts'
import { reportUsage } from './usage.ts'
import { verifyWebhook } from './verify-webhook.ts'

export type { Waiting } from './client.ts'
export type { StripeOptions } from './options.ts'

const capabilities: Capabilities = {
  customers: 'provider',
  cancel: { immediately: true, atPeriodEnd: true },
  reactivate: true,
  changePlan: { proration: ['none', 'next_invoice', 'immediate'], mayRequireApproval: false },
  quantity: true,
  trials: true,
  periods: 'exact',
  // A pause of the service needs flexible billing mode, which every subscription of this adapter has.
  pause: ['collection', 'service'],
  preview: true,
  checkoutOptions: { coupons: true, promotionCodes: true, taxIds: true, automaticTax: true },
  payInvoice: true,
  portal: true,
  usage: true,
  meteredPrices: true,
  invoices: 'provider',
  refunds: 'partial',
  idempotencyKeys: true,
  // Which ones depends on the account's country; Stripe refuses the others when a price is published (`unsupported_currency`).
  currencies: 'any',
  // Stripe's test clocks belong to single customers, not to the account.
  testClock: false,
}

/**
 * One Stripe account. Errors are PaymentProviderError only; amounts are ISO 4217 minor units. Speaks the API version that the SDK pins and
 * reads webhooks of every older one.
 */
export class StripeProvider implements BasePaymentProvider {
  readonly providerKind = 'stripe'
  readonly capabilities = capabilities
  readonly providerName: string
  readonly mode: 'live' | 'test'
  readonly publishableKey: string | null
  readonly account: AccountAbility
  readonly pause: PauseAbility
  readonly portal: PortalAbility
  readonly refunds: RefundAbility
  readonly coupons: CouponAbility
  readonly usage: UsageAbility
  readonly #client: StripeClient
  readonly #webhookSecrets: readonly string[]

  constructor(host: ProviderHost, settings: StripeSettings, waiting: Waiting) {
    this.providerName = host.providerName
    this.mode = settings.mode
    this.publishableKey = settings.publishableKey ?? null
    this.#webhookSecrets = settings.webhookSecrets
    const client = createClient(settings, host, waiting)
    this.#client = client
    this.account = accountOf(client)
    this.pause = {
      pauseSubscription: (input, operation) => pauseSubscription(client, input, operation),
      resumeSubscription: (input, operation) => resumeSubscription(client, input, operation),
    }
    this.portal = { createPortalLink: (input) => createPortalLink(client, input) }
    this.refunds = {
      createRefund: (input, operation) => createRefund(client, input, operation),
      retrieveRefund: (externalRefundId) => retrieveRefund(client, externalRefundId),
    }
    this.coupons = { publishCoupon: (input, operation) => publishCoupon(client, input, operation) }
    this.usage = { reportUsage: (input, operation) => reportUsage(client, input, operation) }
  }

  createCustomer(input: CreateCustomerInput, operation: ProviderOperation<'create_customer'>) {
    return createCustomer(this.#client, input, operation)
  }

  getOrCreateCustomer(
    input: CreateCustomerInput & { externalCustomerId: string | null },
    operation: ProviderOperation<'create_customer'>,
  ) {
    return getOrCreateCustomer(this.#client, input, operation)
  }

  createCheckoutSession(input: CreateCheckoutSessionInput, operation: ProviderOperation<'create_checkout_session'>) {
    return createCheckoutSession(this.#client, input, operation)
  }

  retrieveCheckoutSession(externalSessionId: string) {
    return retrieveCheckoutSession(this.#client, externalSessionId)
  }

  expireCheckoutSession(input: ExpireCheckoutSessionInput, operation: ProviderOperation<'expire_checkout_session'>) {
    return expireCheckoutSession(this.#client, input.externalSessionId, operation)
  }

  retrieveSubscription(externalSubscriptionId: string) {
    return retrieveSubscription(this.#client, externalSubscriptionId)
  }

  listSubscriptions(filter: { externalCustomerId?: string; cursor?: string | null }) {
    return listSubscriptions(this.#client, filter)
  }

  cancelSubscription(input: CancelSubscriptionInput, operation: ProviderOperation<'cancel_subscription'>) {
    return cancelSubscription(this.#client, input, operation)
  }

  reactivateSubscription(input: ReactivateSubscriptionInput, operation: ProviderOperation<'reactivate_subscription'>) {
    return reactivateSubscription(this.#client, input.externalSubscriptionId, operation)
  }

  updateSubscription(input: UpdateSubscriptionInput, operation: ProviderOperation<'update_subscription'>) {
    return updateSubscription(this.#client, input, operation)
  }

  previewUpdate(input: UpdateSubscriptionInput) {
    return previewUpdate(this.#client, input)
  }

  payInvoice(input: PayInvoiceInput, operation: ProviderOperation<'pay_invoice'>) {
    return payInvoice(this.#client, input, operation)
  }

  retrieveInvoice(externalInvoiceId: string) {
    return retrieveInvoice(this.#client, externalInvoiceId)
  }

  listInvoices(filter: { externalCustomerId?: string; externalSubscriptionId?: string; cursor?: string | null }) {
    return listInvoices(this.#client, filter)
  }

  publishPrice(input: PublishPriceInput, operation: ProviderOperation<'publish_price'>) {
    return publishPrice(this.#client, input, operation)
  }

  lookup(operation: AnyProviderOperation): Promise<LookupResult> {
    return lookup(this.#client, operation)
  }

  async constructWebhookEvent(rawBody: Uint8Array, headers: Headers, { now }: { now: Date }): Promise<VerifiedEvent[]> {
    return verifyWebhook(rawBody, headers, { provider: this.providerName, webhookSecrets: this.#webhookSecrets, now })
  }

  handleWebhookEvent(event: VerifiedEvent): ProviderEvent[] {
    return normalizeWebhook(event, this.providerName)
  }
}

/** Throws `provider_misconfigured` at once, naming the setting that is wrong. */
export function stripeProvider(
  options: StripeOptions,
  waiting: Waiting = { sleep: (ms) => sleep(ms), random: Math.random },
): MakeProvider {
  const settings = parseOptions(options)
  return (host) => new StripeProvider(host, settings, waiting)
}

/** One account, by `STRIPE_SECRET_KEY`, `STRIPE_WEBHOOK_SECRET`, `STRIPE_PUBLISHABLE_KEY` and `STRIPE_API_BASE`. */
export const stripeFromEnvironment: EnvironmentProvider = {
  missing: (environment) => (environment.STRIPE_SECRET_KEY ? null : 'STRIPE_SECRET_KEY'),
  make: (environment) => stripeProvider(optionsFromEnvironment(environment)),
}
