import type { Clock } from '../../primitives/index.ts'
import type {
  BasePaymentProvider,
  CheckoutSessionData,
  CustomerData,
  OperationKind,
  OperationKinds,
  OurReference,
  PriceData,
  ProviderOperation,
  PublishPriceInput,
  SubscriptionData,
} from '../../providers/provider.ts'

/**
 * What the contract suite needs around a provider. Time moves through `advance` alone; the suite waits for nothing.
 * A fresh one is made for every test.
 */
export interface ContractHarness {
  provider: BasePaymentProvider
  /** The wall clock, which webhooks are signed by. */
  clock: Clock
  /** Buys what a checkout session offers, with a card that works unless another is named. */
  pay(url: string, card?: ContractCard): Promise<void>
  /** Moves the provider's time by an ISO 8601 duration, with all that happens on the way. */
  advance(duration: string): Promise<void>
  /** The deliveries that came since the last call, in order. */
  nextWebhooks(): Promise<RawWebhook[]>
  /** What the surroundings can do besides; a test that needs one which is missing says so and is left out. */
  faults?: {
    /** A body of that type, signed as the provider signs. */
    signWebhook?(type: string): Promise<RawWebhook>
    /** The next call that changes something is carried out, but its answer never arrives. */
    loseNextAnswer?(): void
  }
}

export interface RawWebhook {
  body: Uint8Array
  headers: Headers
}

export type ContractCard = 'pays' | 'declines' | 'fails_later'

export type MakeContractHarness = () => Promise<ContractHarness>

let lastOperation = 0
const run = Math.random().toString(36).slice(2, 10)

/** An operation with keys of its own; the same object twice is the same operation. */
export function operationFor<K extends OperationKind>(
  kind: K,
  input: OperationKinds[K]['input'],
  clock: Clock,
): ProviderOperation<K> {
  lastOperation += 1
  const id = `bhop_${run}_${lastOperation}`
  return { id, kind, idempotencyKey: `key_${id}`, input, startedAt: clock.now() }
}

export const customerInput = {
  organizationId: 'bhorg_contract',
  email: 'billing@example.test',
  name: 'Contract & Sons',
  country: 'US',
  currency: 'USD',
}

export function priceInput(price: Partial<PublishPriceInput['price']> = {}): PublishPriceInput {
  lastOperation += 1
  const suffix = `${run}_${lastOperation}`
  return {
    plan: { id: `bhplan_${suffix}`, key: `pro-${suffix}`, name: 'Pro', description: null, externalProductId: null },
    price: {
      id: `bhprice_${suffix}`,
      key: `pro-monthly-${suffix}`,
      currency: 'USD',
      amount: 2900,
      interval: 'month',
      intervalCount: 1,
      ...price,
    },
  }
}

/** The calls of the contract with an operation made for each. */
export class ContractSteps {
  readonly harness: ContractHarness
  constructor(harness: ContractHarness) {
    this.harness = harness
  }

  get provider(): BasePaymentProvider {
    return this.harness.provider
  }

  operation<K extends OperationKind>(kind: K, input: OperationKinds[K]['input']): ProviderOperation<K> {
    return operationFor(kind, input, this.harness.clock)
  }

  customer(currency = 'USD'): Promise<CustomerData> {
    const input = { ...customerInput, currency }
    return this.provider.createCustomer(input, this.operation('create_customer', input))
  }

  price(price: Partial<PublishPriceInput['price']> = {}): Promise<PriceData> {
    const input = priceInput(price)
    return this.provider.publishPrice(input, this.operation('publish_price', input))
  }

  checkout(options: CheckoutOptions): Promise<CheckoutSessionData> {
    const input = {
      quantity: 1,
      trialDays: 0,
      successUrl: 'https://shop.example.test/ok',
      cancelUrl: 'https://shop.example.test/no',
      reference: {},
      ...options,
    }
    return this.provider.createCheckoutSession(input, this.operation('create_checkout_session', input))
  }

  /** A customer who bought a price. */
  async subscribe(options: SubscribeOptions = {}): Promise<SubscriptionData> {
    const { price = {}, card, ...checkout } = options
    const customer = await this.customer(price.currency)
    const { externalPriceId } = await this.price(price)
    const session = await this.checkout({
      externalCustomerId: customer.externalCustomerId,
      externalPriceId,
      ...checkout,
    })
    await this.harness.pay(session.url ?? '', card)
    const paid = await this.provider.retrieveCheckoutSession(session.externalSessionId)
    return this.provider.retrieveSubscription(paid.externalSubscriptionId ?? '')
  }

  cancel(externalSubscriptionId: string, atPeriodEnd: boolean) {
    const input = { externalSubscriptionId, atPeriodEnd }
    return this.provider.cancelSubscription(input, this.operation('cancel_subscription', input))
  }

  reactivate(externalSubscriptionId: string) {
    const input = { externalSubscriptionId }
    return this.provider.reactivateSubscription(input, this.operation('reactivate_subscription', input))
  }

  update(
    subscription: SubscriptionData,
    change: { externalPriceId?: string; quantity?: number },
    proration: 'none' | 'next_invoice' | 'immediate' = 'none',
  ) {
    const items = subscription.items.map((item) => ({
      externalItemId: item.externalItemId,
      externalPriceId: change.externalPriceId ?? item.externalPriceId,
      quantity: change.quantity ?? item.quantity ?? 1,
    }))
    const { externalSubscriptionId } = subscription
    const input = { externalSubscriptionId, items, proration }
    return this.provider.updateSubscription(input, this.operation('update_subscription', input))
  }

  async invoices(externalSubscriptionId: string) {
    const invoices = []
    let cursor: string | null = null
    do {
      const page = await this.provider.listInvoices({ externalSubscriptionId, cursor })
      invoices.push(...page.data)
      cursor = page.nextCursor
    } while (cursor !== null)
    return invoices.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
  }

  /** Verified and normalized, in order of arrival. */
  async nextEvents() {
    const verified = []
    for (const { body, headers } of await this.harness.nextWebhooks()) {
      verified.push(...(await this.provider.constructWebhookEvent(body, headers, { now: this.harness.clock.now() })))
    }
    return verified
  }
}

interface CheckoutOptions {
  externalCustomerId: string
  externalPriceId: string
  quantity?: number
  trialDays?: number
  reference?: OurReference
}

interface SubscribeOptions {
  price?: Partial<PublishPriceInput['price']>
  card?: ContractCard
  quantity?: number
  trialDays?: number
  reference?: OurReference
}
