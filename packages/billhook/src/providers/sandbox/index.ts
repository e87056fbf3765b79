import { errorMessage } from '../../primitives/index.ts'
import type { Capabilities } from '../capabilities.ts'
import type { EnvironmentProvider } from '../environment-provider.ts'
import type {
  AnyProviderOperation,
  CancelSubscriptionInput,
  CreateCheckoutSessionInput,
  CreateCustomerInput,
  ExpireCheckoutSessionInput,
  LookupResult,
  ProviderOperation,
  PublishPriceInput,
  ReactivateSubscriptionInput,
  UpdateSubscriptionInput,
} from '../operation.ts'
import type {
  BasePaymentProvider,
  ChargeAbility,
  CouponAbility,
  MakeProvider,
  ProviderHost,
  ProviderRoute,
} from '../provider.ts'
import type { VerifiedEvent } from '../provider-event.ts'
import type { ChangePreviewData } from '../snapshots.ts'
import { abilitiesOf, type SandboxAbilities } from './abilities.ts'
import { type AdvanceResult, advanceClock, handleAdvance } from './advance-clock.ts'
import { capabilitiesOf } from './capabilities.ts'
import { createCheckoutSession, expireCheckoutSession, retrieveCheckoutSession } from './checkout.ts'
import { SandboxClient } from './client.ts'
import { createCustomer, getOrCreateCustomer } from './customers.ts'
import { Deliverer } from './deliver.ts'
import { disputeRoutes } from './disputes.ts'
import { sandboxError } from './errors.ts'
import { hostedPages } from './hosted-page.ts'
import { type InvoiceFilter, listInvoices, retrieveInvoice } from './invoices.ts'
import { lookup } from './lookup.ts'
import { normalizeWebhook } from './normalize-webhook.ts'
import { offerPages } from './offer-page.ts'
import { type SandboxOptions, webhookKeys } from './options.ts'
import { planChange } from './planned-changes.ts'
import { portalRoutes } from './portal.ts'
import { previewUpdate } from './preview-update.ts'
import { publishPrice } from './prices.ts'
import { toSubscriptionData } from './status.ts'
import { cancelSubscription, listSubscriptions, reactivateSubscription } from './subscriptions.ts'
import { updateSubscription } from './update-subscription.ts'
import { usageRoute } from './usage.ts'
import { verifyWebhook } from './verify-webhook.ts'

export type { AdvanceResult } from './advance-clock.ts'
export { type TestCard, testCards } from './cards.ts'
export type { SandboxOptions } from './options.ts'

/** Register with `factory.registerProvider('sandbox', sandboxProvider())`. */
export function sandboxProvider(options: SandboxOptions = {}): MakeProvider {
  return (host) => new SandboxProvider(host, options)
}

/** On without any variable, but for production, where it moves no money and takes a word to be meant. */
export const sandboxFromEnvironment: EnvironmentProvider = {
  isFallback: true,
  missing: (environment) =>
    environment.NODE_ENV !== 'production' || environment.BILLHOOK_ALLOW_SANDBOX === '1'
      ? null
      : 'BILLHOOK_ALLOW_SANDBOX=1 (it moves no money)',
  make: () => sandboxProvider(),
}

const deliveryRetryDelaysMs = [100, 300, 1000, 3000]

/** A payment company that moves no money: all of its state is in the host's state store. The README of this folder says how it bills. */
export class SandboxProvider implements BasePaymentProvider {
  readonly providerName: string
  readonly providerKind = 'sandbox'
  readonly mode = 'test'
  readonly capabilities: Capabilities
  readonly publishableKey = null
  readonly routes: readonly ProviderRoute[]
  readonly pause?: SandboxAbilities['pause']
  readonly portal: SandboxAbilities['portal']
  readonly refunds?: SandboxAbilities['refunds']
  readonly coupons?: CouponAbility
  readonly payInvoice?: BasePaymentProvider['payInvoice'] & {}
  readonly charges?: ChargeAbility
  readonly usage: SandboxAbilities['usage']
  readonly previewUpdate?: (input: UpdateSubscriptionInput) => Promise<ChangePreviewData>
  readonly account: SandboxAbilities['account']
  readonly #host: ProviderHost
  readonly #options: SandboxOptions
  readonly #client: SandboxClient
  readonly #deliverer: Deliverer

  constructor(host: ProviderHost, options: SandboxOptions = {}) {
    this.#host = host
    this.#options = options
    this.providerName = host.providerName
    this.capabilities = capabilitiesOf(options)
    this.#client = new SandboxClient(host, () => this.#deliverSoon(), this.capabilities)
    this.#deliverer = new Deliverer(host, () => webhookKeys(host, options))
    const { pause, portal, refunds, usage, account, ...optional } = abilitiesOf(this.#client)
    if (this.capabilities.pause.length > 0) this.pause = pause
    this.portal = portal
    if (this.capabilities.refunds !== 'none') this.refunds = refunds
    if (this.capabilities.preview) this.previewUpdate = (input) => previewUpdate(this.#client, input)
    this.usage = usage
    this.account = account
    Object.assign(this, optional)
    this.routes = [
      ...hostedPages(this.#client),
      ...offerPages(this.#client),
      ...portalRoutes(this.#client),
      ...disputeRoutes(this.#client),
      usageRoute(this.#client),
      {
        method: 'POST',
        path: '/clock/advance',
        auth: 'platform',
        handle: (request) => handleAdvance(request, (by) => this.advance(by)),
      },
    ]
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
    return expireCheckoutSession(this.#client, input, operation)
  }

  async retrieveSubscription(externalSubscriptionId: string) {
    return toSubscriptionData(await this.#client.retrieve('subscription', externalSubscriptionId))
  }

  listSubscriptions(filter: { externalCustomerId?: string; cursor?: string | null }) {
    return listSubscriptions(this.#client, filter)
  }

  cancelSubscription(input: CancelSubscriptionInput, operation: ProviderOperation<'cancel_subscription'>) {
    return cancelSubscription(this.#client, input, operation)
  }

  reactivateSubscription(input: ReactivateSubscriptionInput, operation: ProviderOperation<'reactivate_subscription'>) {
    return reactivateSubscription(this.#client, input, operation)
  }

  updateSubscription(input: UpdateSubscriptionInput, operation: ProviderOperation<'update_subscription'>) {
    return this.#options.changes
      ? planChange(this.#client, { input, operation, waitsFor: this.#options.changes })
      : updateSubscription(this.#client, input, operation)
  }

  retrieveInvoice(externalInvoiceId: string) {
    return retrieveInvoice(this.#client, externalInvoiceId)
  }

  listInvoices(filter: InvoiceFilter) {
    return listInvoices(this.#client, filter)
  }

  publishPrice(input: PublishPriceInput, operation: ProviderOperation<'publish_price'>) {
    return publishPrice(this.#client, input, operation)
  }

  lookup(operation: AnyProviderOperation): Promise<LookupResult> {
    return lookup(this.#client, operation)
  }

  async constructWebhookEvent(rawBody: Uint8Array, headers: Headers, { now }: { now: Date }): Promise<VerifiedEvent[]> {
    return [verifyWebhook(this.providerName, await this.#keysToVerify(), { rawBody, headers, now })]
  }

  handleWebhookEvent(event: VerifiedEvent) {
    return normalizeWebhook(event)
  }

  now(): Promise<Date> {
    return this.#client.now()
  }

  /** Bills what is due by now and sends what is due to be sent. */
  async tick(): Promise<number> {
    let settled = 0
    for (let isDone = !(await this.#client.hasDue()); !isDone; ) {
      const step = await this.#client.settle()
      settled += step.settled
      isDone = step.isDone
    }
    const { delivered } = await this.#deliverer.run({ isForced: false })
    return settled + delivered
  }

  /** Moves the billing clock; all that falls due on the way happens at its own instant, and its webhooks are sent before this returns. */
  advance(by: string): Promise<AdvanceResult> {
    const retryDelaysMs = this.#options.deliveryRetryDelaysMs ?? deliveryRetryDelaysMs
    return advanceClock(this.#client, this.#deliverer, { by, retryDelaysMs })
  }

  async #keysToVerify(): Promise<Buffer[]> {
    try {
      return await webhookKeys(this.#host, this.#options)
    } catch (cause) {
      const detail = `The webhook secret cannot be read now: ${errorMessage(cause)}`
      throw sandboxError(this.providerName, 'verification_unavailable', detail, { retryable: true, cause })
    }
  }

  /** Whoever changed something does not wait for the webhooks; what fails here is tried again by `tick`. */
  #deliverSoon(): void {
    this.#deliverer.run({ isForced: false }).catch((cause: unknown) => {
      this.#host.logger.warn({ error: errorMessage(cause) }, 'sandbox webhooks wait for the next tick')
    })
  }
}
