import type { BillingService } from '../billing.ts'
import { notFound } from '../primitives/index.ts'
import type { VerifiedEvent } from '../providers/provider.ts'
import { legacyStripeAccount } from './stripe-webhook-paths.ts'

type Input<Action extends keyof BillingService> = BillingService[Action] extends (input: infer I) => unknown ? I : never
/** An action's input without the provider: that one is known here. */
type OfStripe<Action extends keyof BillingService> = Omit<Input<Action>, 'provider'>

/** A delivery whose signature was found good; `handleWebhookEvent` takes it from there. */
export interface LegacyWebhook {
  payload: Uint8Array
  signature: string
  events: VerifiedEvent[]
}

/**
 * The calls of the Stripe-only design, each handed to BillingService with the Stripe account: `stripe` when an account of that kind has the
 * name, else the first one of the kind. Errors are BillingService's; without a Stripe account, `unknown_provider` (404).
 *
 * @deprecated Call BillingService: the same words, and any provider.
 */
export class StripeService {
  readonly #billing: BillingService

  constructor(billing: BillingService) {
    this.#billing = billing
  }

  createCustomer(input: OfStripe<'createCustomer'>) {
    return this.#billing.createCustomer({ ...input, provider: this.#account })
  }

  getOrCreateCustomer(input: OfStripe<'getOrCreateCustomer'>) {
    return this.#billing.getOrCreateCustomer({ ...input, provider: this.#account })
  }

  createCheckoutSession(input: OfStripe<'createCheckoutSession'>) {
    return this.#billing.createCheckoutSession({ ...input, provider: this.#account })
  }

  cancelSubscription(input: Input<'cancelSubscription'>) {
    return this.#billing.cancelSubscription(input)
  }

  reactivateSubscription(input: Input<'reactivateSubscription'>) {
    return this.#billing.reactivateSubscription(input)
  }

  updateSubscriptionPlan(input: Input<'updateSubscriptionPlan'>) {
    return this.#billing.updateSubscriptionPlan(input)
  }

  syncSubscriptionFromStripe({ organizationId, stripeSubscriptionId }: StripeSubscriptionInput): Promise<void> {
    return this.syncSubscriptionFromProvider({ organizationId, externalSubscriptionId: stripeSubscriptionId })
  }

  syncSubscriptionFromProvider(input: OfStripe<'syncSubscriptionFromProvider'>): Promise<void> {
    return this.#billing.syncSubscriptionFromProvider({ ...input, provider: this.#account })
  }

  syncInvoiceFromStripe({ organizationId, stripeInvoiceId }: StripeInvoiceInput): Promise<void> {
    return this.syncInvoiceFromProvider({ organizationId, externalInvoiceId: stripeInvoiceId })
  }

  syncInvoiceFromProvider(input: OfStripe<'syncInvoiceFromProvider'>): Promise<void> {
    return this.#billing.syncInvoiceFromProvider({ ...input, provider: this.#account })
  }

  checkFeatureAccess(input: Input<'checkFeatureAccess'>) {
    return this.#billing.checkFeatureAccess(input)
  }

  checkLimit(input: Input<'checkLimit'>) {
    return this.#billing.checkLimit(input)
  }

  /** Verifies; stores nothing. Errors: `invalid_signature`, `malformed_payload` (400). */
  async constructWebhookEvent(payload: Uint8Array | string, signature: string): Promise<LegacyWebhook> {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
    const { ctx, providers } = this.#billing
    const events = await providers
      .getProvider(this.#account)
      .constructWebhookEvent(bytes, signed(signature), { now: ctx.clock.now() })
    return { payload: bytes, signature, events }
  }

  /** Takes a delivery into the inbox, as the webhook route does; the background work applies it. Safe to repeat. */
  handleWebhookEvent({ payload, signature }: LegacyWebhook): Promise<{ received: true; duplicate: boolean }> {
    return this.#billing.receiveWebhook({ provider: this.#account, rawBody: payload, headers: signed(signature) })
  }

  get #account(): string {
    const accounts = this.#billing.providers.all().filter(({ providerKind }) => providerKind === 'stripe')
    const names = accounts.map(({ providerName }) => providerName)
    const name = names.find((candidate) => candidate === legacyStripeAccount) ?? names[0]
    if (name === undefined) throw notFound('unknown_provider', 'StripeService needs an account of kind "stripe".')
    return name
  }
}

interface StripeSubscriptionInput {
  organizationId: string
  stripeSubscriptionId: string
}

interface StripeInvoiceInput {
  organizationId: string
  stripeInvoiceId: string
}

const signed = (signature: string): Headers => new Headers({ 'stripe-signature': signature })
