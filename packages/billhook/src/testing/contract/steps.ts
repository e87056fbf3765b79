import type { Clock } from '../../primitives/index.ts'
import type {
  BasePaymentProvider,
  ChargeData,
  CheckoutSessionData,
  CreateCheckoutSessionInput,
  CustomerData,
  InvoiceData,
  OperationKind,
  OperationKinds,
  Page,
  PauseKind,
  PriceData,
  ProrationMode,
  ProviderEvent,
  ProviderOperation,
  PublishPriceInput,
  SubscriptionChangeResult,
  SubscriptionData,
  VerifiedEvent,
} from '../../providers/provider.ts'
import { demand, demandPresent } from './expectation.ts'
import type { ContractCard, ContractHarness, RawWebhook } from './harness.ts'

let lastOperation = 0
// Accounts that outlive a run must not take this run's operations for those of the last one.
const run = Math.random().toString(36).slice(2, 10)

/** An operation with keys of its own; the same object twice is the same operation. */
function operationFor<K extends OperationKind>(
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

type CheckoutOptions = Partial<CreateCheckoutSessionInput> &
  Pick<CreateCheckoutSessionInput, 'externalCustomerId' | 'externalPriceId'>

export function checkoutInput(options: CheckoutOptions): CreateCheckoutSessionInput {
  return {
    quantity: 1,
    trialDays: 0,
    successUrl: 'https://shop.example.test/ok',
    cancelUrl: 'https://shop.example.test/no',
    reference: {},
    ...options,
  }
}

export interface SubscribeOptions extends Omit<CheckoutOptions, 'externalCustomerId' | 'externalPriceId'> {
  price?: Partial<PublishPriceInput['price']>
  card?: ContractCard
  /** Another organization than the one that all checks share. */
  organizationId?: string
}

/** No list of a check is longer; whoever still gives cursors then gives them for ever. */
const mostPages = 20

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

  customer(more: Partial<typeof customerInput> = {}): Promise<CustomerData> {
    const input = { ...customerInput, ...more }
    return this.provider.createCustomer(input, this.operation('create_customer', input))
  }

  knownCustomer(externalCustomerId: string | null): Promise<CustomerData> {
    const operation = this.operation('create_customer', customerInput)
    return this.provider.getOrCreateCustomer({ ...customerInput, externalCustomerId }, operation)
  }

  publish(input: PublishPriceInput): Promise<PriceData> {
    return this.provider.publishPrice(input, this.operation('publish_price', input))
  }

  price(price: Partial<PublishPriceInput['price']> = {}): Promise<PriceData> {
    return this.publish(priceInput(price))
  }

  checkout(options: CheckoutOptions): Promise<CheckoutSessionData> {
    const input = checkoutInput(options)
    return this.provider.createCheckoutSession(input, this.operation('create_checkout_session', input))
  }

  /** An open session of a new customer for a new price. */
  async openSession(subscribeOptions: SubscribeOptions = {}): Promise<CheckoutSessionData> {
    const { price = {}, card: _, organizationId = customerInput.organizationId, ...options } = subscribeOptions
    const { externalCustomerId } = await this.customer({ currency: price.currency ?? 'USD', organizationId })
    const { externalPriceId } = await this.price(price)
    return this.checkout({ externalCustomerId, externalPriceId, ...options })
  }

  /** The session as it is after the buyer tried to pay. */
  async pay(session: CheckoutSessionData, card?: ContractCard): Promise<CheckoutSessionData> {
    await this.harness.pay(session.url ?? '', card)
    return this.provider.retrieveCheckoutSession(session.externalSessionId)
  }

  expire(externalSessionId: string): Promise<CheckoutSessionData> {
    const input = { externalSessionId }
    return this.provider.expireCheckoutSession(input, this.operation('expire_checkout_session', input))
  }

  /** A customer who bought a price. */
  async subscribe(options: SubscribeOptions = {}): Promise<SubscriptionData> {
    const paid = await this.pay(await this.openSession(options), options.card)
    const id = demandPresent(paid.externalSubscriptionId, 'the subscription of a paid session')
    return this.subscription(id)
  }

  subscription(externalSubscriptionId: string): Promise<SubscriptionData> {
    return this.provider.retrieveSubscription(externalSubscriptionId)
  }

  cancel(externalSubscriptionId: string, atPeriodEnd: boolean): Promise<SubscriptionChangeResult> {
    const input = { externalSubscriptionId, atPeriodEnd }
    return this.provider.cancelSubscription(input, this.operation('cancel_subscription', input))
  }

  reactivate(externalSubscriptionId: string): Promise<SubscriptionChangeResult> {
    const input = { externalSubscriptionId }
    return this.provider.reactivateSubscription(input, this.operation('reactivate_subscription', input))
  }

  updateInput(
    { externalSubscriptionId, items }: SubscriptionData,
    change: { externalPriceId?: string; quantity?: number },
    proration: ProrationMode,
  ): OperationKinds['update_subscription']['input'] {
    const changed = items.map((item) => ({
      externalItemId: item.externalItemId,
      externalPriceId: change.externalPriceId ?? item.externalPriceId,
      quantity: change.quantity ?? item.quantity ?? 1,
    }))
    return { externalSubscriptionId, items: changed, proration }
  }

  /** `proration` left out: one that the provider claims. */
  update(
    subscription: SubscriptionData,
    change: { externalPriceId?: string; quantity?: number },
    proration: ProrationMode = this.provider.capabilities.changePlan.proration[0] ?? 'none',
  ): Promise<SubscriptionChangeResult> {
    const input = this.updateInput(subscription, change, proration)
    return this.provider.updateSubscription(input, this.operation('update_subscription', input))
  }

  pause(externalSubscriptionId: string, kind: PauseKind, resumesAt?: string): Promise<SubscriptionChangeResult> {
    const input = { externalSubscriptionId, kind, ...(resumesAt && { resumesAt }) }
    const ability = demandPresent(this.provider.pause, 'the ability to pause')
    return ability.pauseSubscription(input, this.operation('pause_subscription', input))
  }

  resume(externalSubscriptionId: string, kind: PauseKind): Promise<SubscriptionChangeResult> {
    const input = { externalSubscriptionId, kind }
    const ability = demandPresent(this.provider.pause, 'the ability to pause')
    return ability.resumeSubscription(input, this.operation('resume_subscription', input))
  }

  /** Of one subscription, oldest first. */
  async invoices(externalSubscriptionId: string): Promise<InvoiceData[]> {
    const invoices = await this.pages((cursor) => this.provider.listInvoices({ externalSubscriptionId, cursor }))
    return invoices.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
  }

  /** What was collected for one subscription, in the order of the list; nothing where the provider makes documents. */
  async charges(externalSubscriptionId: string): Promise<ChargeData[]> {
    const ability = this.provider.charges
    return ability ? this.pages((cursor) => ability.listCharges({ externalSubscriptionId, cursor })) : []
  }

  async pages<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
    const all: T[] = []
    let cursor: string | null = null
    for (let pages = 0; pages < mostPages; pages += 1) {
      const page: Page<T> = await read(cursor)
      all.push(...page.data)
      cursor = page.nextCursor
      if (cursor === null) return all
    }
    demand(false, `after ${mostPages} pages the list still has a next one: the cursor leads nowhere`)
    return all
  }

  /** The answer to the next change is lost, not that of what earlier changes left under way. */
  async loseNextAnswer(): Promise<void> {
    await this.harness.nextWebhooks()
    this.harness.faults?.loseNextAnswer?.()
  }

  /** The next call does not reach the provider; what earlier calls left under way is done. */
  async cutNextCall(): Promise<void> {
    await this.harness.nextWebhooks()
    this.harness.faults?.cutNextCall?.()
  }

  construct({ body, headers }: RawWebhook, now: Date = this.harness.clock.now()): Promise<VerifiedEvent[]> {
    return this.provider.constructWebhookEvent(body, headers, { now })
  }

  /** Verified, in order of arrival. */
  async nextEvents(): Promise<VerifiedEvent[]> {
    const verified: VerifiedEvent[] = []
    for (const delivery of await this.harness.nextWebhooks()) verified.push(...(await this.construct(delivery)))
    return verified
  }

  /** Verified and understood, in order of arrival. */
  async nextMeanings(): Promise<ProviderEvent[]> {
    return (await this.nextEvents()).flatMap((event) => this.provider.handleWebhookEvent(event))
  }
}
