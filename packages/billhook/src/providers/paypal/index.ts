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
  ChargeAbility,
  MakeProvider,
  PauseAbility,
  PortalAbility,
  ProviderHost,
  RefundAbility,
} from '../provider.ts'
import type { ProviderEvent, VerifiedEvent } from '../provider-event.ts'
import { accountOf } from './account.ts'
import { currencies } from './amounts.ts'
import { Certificates } from './certificates.ts'
import { listCharges } from './charges.ts'
import { createCheckoutSession, expireCheckoutSession, retrieveCheckoutSession } from './checkout.ts'
import { createClient, type PayPalClient, type Waiting } from './client.ts'
import { createCustomer, getOrCreateCustomer } from './customers.ts'
import { listInvoices, retrieveInvoice } from './invoices.ts'
import { lookup } from './lookup.ts'
import { normalizeWebhook } from './normalize-webhook.ts'
import { optionsFromEnvironment, type PayPalOptions, type PayPalSettings, parseOptions } from './options.ts'
import { pauseSubscription, resumeSubscription } from './pause.ts'
import { payInvoice } from './pay-invoice.ts'
import { createPortalLink } from './portal.ts'
import { publishPrice } from './prices.ts'
import { createRefund, retrieveRefund } from './refunds.ts'
import {
  cancelSubscription,
  listSubscriptions,
  reactivateSubscription,
  retrieveSubscription,
  updateSubscription,
} from './subscriptions.ts'
import { verifyWebhook } from './verify-webhook.ts'

export type { Waiting } from './client.ts'
export type { PayPalOptions } from './options.ts'

const capabilities: Capabilities = {
  customers: 'none',
  cancel: { immediately: true, atPeriodEnd: false },
  reactivate: false,
  // The buyer agrees to each change on a page of PayPal's, unless a card pays.
  changePlan: { proration: ['none'], mayRequireApproval: true },
  quantity: true,
  trials: true,
  // Counted from ten o'clock UTC of its day in California.
  periods: 'days',
  pause: ['service'],
  preview: false,
  checkoutOptions: { coupons: false, promotionCodes: false, taxIds: false, automaticTax: false },
  // What PayPal has given up trying and counts as outstanding.
  payInvoice: true,
  portal: true,
  usage: false,
  meteredPrices: false,
  invoices: 'none',
  refunds: 'partial',
  // On what makes something, and on none of the changes.
  idempotencyKeys: false,
  currencies,
  testClock: false,
}

/** One PayPal account, by one REST app of it. Errors are PaymentProviderError only; amounts are ISO 4217 minor units. */
export class PayPalProvider implements BasePaymentProvider {
  readonly providerKind = 'paypal'
  readonly displayName = 'PayPal'
  readonly capabilities = capabilities
  readonly providerName: string
  readonly mode: 'live' | 'test'
  readonly publishableKey: string
  readonly account: AccountAbility
  readonly charges: ChargeAbility
  readonly pause: PauseAbility
  readonly portal: PortalAbility
  readonly refunds: RefundAbility
  readonly #client: PayPalClient
  readonly #certificates: Certificates
  readonly #logger: ProviderHost['logger']

  constructor(host: ProviderHost, settings: PayPalSettings, waiting: Waiting) {
    this.providerName = host.providerName
    this.mode = settings.mode === 'live' ? 'live' : 'test'
    this.publishableKey = settings.clientId
    const client = createClient(settings, host, waiting)
    this.#client = client
    this.#certificates = new Certificates(settings, host)
    this.#logger = host.logger
    this.account = accountOf(client)
    this.charges = { listCharges: (input) => listCharges(client, input) }
    this.pause = {
      pauseSubscription: (input) => pauseSubscription(client, input),
      resumeSubscription: (input) => resumeSubscription(client, input),
    }
    this.portal = { createPortalLink: (input) => createPortalLink(client, input) }
    this.refunds = {
      createRefund: (input, operation) => createRefund(client, input, operation),
      retrieveRefund: (externalRefundId) => retrieveRefund(client, externalRefundId),
    }
  }

  async createCustomer(input: CreateCustomerInput, operation: ProviderOperation<'create_customer'>) {
    return createCustomer(input, operation)
  }

  async getOrCreateCustomer(
    input: CreateCustomerInput & { externalCustomerId: string | null },
    operation: ProviderOperation<'create_customer'>,
  ) {
    return getOrCreateCustomer(input, operation)
  }

  createCheckoutSession(input: CreateCheckoutSessionInput, operation: ProviderOperation<'create_checkout_session'>) {
    return createCheckoutSession(this.#client, input, operation)
  }

  retrieveCheckoutSession(externalSessionId: string) {
    return retrieveCheckoutSession(this.#client, externalSessionId)
  }

  expireCheckoutSession(input: ExpireCheckoutSessionInput) {
    return expireCheckoutSession(this.#client, input.externalSessionId)
  }

  retrieveSubscription(externalSubscriptionId: string) {
    return retrieveSubscription(this.#client, externalSubscriptionId)
  }

  listSubscriptions(filter: { externalCustomerId?: string; cursor?: string | null }) {
    return listSubscriptions(this.#client, filter)
  }

  cancelSubscription(input: CancelSubscriptionInput) {
    return cancelSubscription(this.#client, input)
  }

  reactivateSubscription(input: ReactivateSubscriptionInput) {
    return reactivateSubscription(this.#client, input.externalSubscriptionId)
  }

  updateSubscription(input: UpdateSubscriptionInput) {
    return updateSubscription(this.#client, input)
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

  constructWebhookEvent(rawBody: Uint8Array, headers: Headers, { now }: { now: Date }): Promise<VerifiedEvent[]> {
    const verification = { client: this.#client, certificates: this.#certificates, logger: this.#logger, now }
    return verifyWebhook(rawBody, headers, verification)
  }

  handleWebhookEvent(event: VerifiedEvent): ProviderEvent[] {
    return normalizeWebhook(event, this.providerName)
  }
}

/** Throws `provider_misconfigured` at once, naming the setting that is wrong. */
export function paypalProvider(
  options: PayPalOptions,
  waiting: Waiting = { sleep: (ms) => sleep(ms), random: Math.random },
): MakeProvider {
  const settings = parseOptions(options)
  return (host) => new PayPalProvider(host, settings, waiting)
}

/** One account, by `PAYPAL_CLIENT_ID`, `PAYPAL_CLIENT_SECRET`, `PAYPAL_MODE`, `PAYPAL_WEBHOOK_ID` and `PAYPAL_API_BASE`. */
export const paypalFromEnvironment: EnvironmentProvider = {
  missing: ({ PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET }) =>
    PAYPAL_CLIENT_ID ? (PAYPAL_CLIENT_SECRET ? null : 'PAYPAL_CLIENT_SECRET') : 'PAYPAL_CLIENT_ID',
  make: (environment) => paypalProvider(optionsFromEnvironment(environment)),
}
