import {
  type AnyProviderOperation,
  type BasePaymentProvider,
  type CancelSubscriptionInput,
  type CheckoutSessionData,
  type CreateCheckoutSessionInput,
  type CreateCustomerInput,
  type CustomerData,
  type ExpireCheckoutSessionInput,
  type InvoiceData,
  type LookupResult,
  type MakeProvider,
  type OperationKind,
  PaymentProviderError,
  type PriceData,
  type ProviderErrorCode,
  type ProviderHost,
  type ProviderOperation,
  type PublishPriceInput,
  type StateStore,
  type SubscriptionChangeResult,
  type SubscriptionData,
  type UpdateSubscriptionInput,
  type VerifiedEvent,
} from 'billhook'
import { Bank, type Order } from './bank.ts'
import { capabilities } from './capabilities.ts'
import { lookUp, type OperationResult, once } from './once.ts'
import { bankRoutes } from './pages.ts'
import { find, listAll, nextId, type PriceRecord, type SubscriptionRecord } from './records.ts'
import { type Refusal, refuseChange, refuseCheckout, refuseCursor, refusePrice } from './refusals.ts'
import { normalize, verify } from './webhooks.ts'

export interface BankTransferOptions {
  /** Signs the bank's webhooks. */
  webhookSecret: string | undefined
  iban: string
}

/** Bills that are paid by bank transfer: a page with an account number and a reference, and money that comes days later. */
export class BankTransferProvider implements BasePaymentProvider {
  readonly providerKind = 'bank-transfer'
  readonly mode = 'test'
  readonly capabilities = capabilities
  readonly providerName: string
  readonly bank: Bank
  readonly routes
  readonly #secret: string
  readonly #host: ProviderHost

  constructor(host: ProviderHost, { webhookSecret, iban }: BankTransferOptions & { webhookSecret: string }) {
    this.providerName = host.providerName
    this.#host = host
    this.#secret = webhookSecret
    this.bank = new Bank(host, webhookSecret)
    this.routes = bankRoutes(this.bank, iban)
  }

  createCustomer(input: CreateCustomerInput, operation: ProviderOperation<'create_customer'>): Promise<CustomerData> {
    return this.#once(operation, async (store) => {
      const externalCustomerId = await nextId(store, 'customer')
      const { email, name, currency, organizationId } = input
      const reference = { organizationId, operationId: operation.id }
      const customer = { externalCustomerId, email, name, currency, deleted: false, reference }
      await store.put(`customer/${externalCustomerId}`, customer)
      return customer
    })
  }

  async getOrCreateCustomer(
    input: CreateCustomerInput & { externalCustomerId: string | null },
    operation: ProviderOperation<'create_customer'>,
  ): Promise<CustomerData> {
    const known = await find<CustomerData>(this.bank.store, `customer/${input.externalCustomerId}`)
    return known ?? this.createCustomer(input, operation)
  }

  createCheckoutSession(
    input: CreateCheckoutSessionInput,
    operation: ProviderOperation<'create_checkout_session'>,
  ): Promise<CheckoutSessionData> {
    return this.#once(operation, async (store) => {
      this.#heed(refuseCheckout(input))
      const { externalCustomerId, externalPriceId, quantity, reference } = input
      await this.#demand(store, `customer/${externalCustomerId}`)
      await this.#demand(store, `price/${externalPriceId}`)
      const externalSessionId = await nextId(store, 'order')
      const url = `${this.#host.baseUrl}/${this.providerName}/pay/${externalSessionId}`
      const session: CheckoutSessionData = {
        ...{ externalSessionId, status: 'open', url, externalCustomerId, externalSubscriptionId: null },
        ...{ expiresAt: this.bank.endOfOffer, reference: { ...reference, operationId: operation.id } },
      }
      await store.put(`order/${externalSessionId}`, { session, externalPriceId, quantity })
      return session
    })
  }

  async retrieveCheckoutSession(id: string): Promise<CheckoutSessionData> {
    return (await this.#demand<Order>(this.bank.store, `order/${id}`)).session
  }

  expireCheckoutSession(input: ExpireCheckoutSessionInput, operation: ProviderOperation<'expire_checkout_session'>) {
    return this.#once(operation, async (store) => {
      const key = `order/${input.externalSessionId}`
      const order = await this.#demand<Order>(store, key)
      if (order.session.status !== 'open') return order.session
      const session: CheckoutSessionData = { ...order.session, status: 'expired', url: null }
      await store.put(key, { ...order, session })
      await this.bank.tell(store, 'order.expired', session.externalCustomerId ?? '', session)
      return session
    })
  }

  async retrieveSubscription(id: string): Promise<SubscriptionData> {
    return (await this.#demand<SubscriptionRecord>(this.bank.store, `subscription/${id}`)).data
  }

  async listSubscriptions({ externalCustomerId: of, cursor }: { externalCustomerId?: string; cursor?: string | null }) {
    this.#heed(refuseCursor(cursor))
    const all = (await listAll<SubscriptionRecord>(this.bank.store, 'subscription/')).map(({ data }) => data)
    return { data: all.filter((data) => of === undefined || data.externalCustomerId === of), nextCursor: null }
  }

  cancelSubscription(input: CancelSubscriptionInput, operation: ProviderOperation<'cancel_subscription'>) {
    return this.#change(operation, input.externalSubscriptionId, ({ data }) => {
      if (data.status === 'canceled') return { outcome: 'applied', subscription: data }
      const now = this.bank.now
      if (!input.atPeriodEnd || !data.currentPeriodEnd) {
        const ended = { ...data, status: 'canceled' as const, canceledAt: now, endedAt: now, cancelAt: null }
        return { outcome: 'applied', subscription: ended }
      }
      const subscription = { ...data, canceledAt: data.canceledAt ?? now, cancelAt: data.currentPeriodEnd }
      return { outcome: 'scheduled', effectiveAt: data.currentPeriodEnd, subscription }
    })
  }

  reactivateSubscription(
    { externalSubscriptionId }: { externalSubscriptionId: string },
    operation: ProviderOperation<'reactivate_subscription'>,
  ) {
    return this.#change(operation, externalSubscriptionId, ({ data }) => {
      this.#refuseEnded(data)
      return { outcome: 'applied', subscription: { ...data, canceledAt: null, cancelAt: null } }
    })
  }

  updateSubscription(input: UpdateSubscriptionInput, operation: ProviderOperation<'update_subscription'>) {
    if (input.proration !== 'none')
      return Promise.reject(this.#error('unsupported', 'The next bill has the new price.'))
    return this.#change(operation, input.externalSubscriptionId, async ({ data }, store) => {
      this.#refuseEnded(data)
      this.#heed(await refuseChange(store, input, data))
      const items = data.items.map((item) => {
        const wanted = input.items.find(({ externalItemId }) => externalItemId === item.externalItemId)
        return wanted ?? item
      })
      return { outcome: 'applied', subscription: { ...data, items } }
    })
  }

  async retrieveInvoice(id: string): Promise<InvoiceData> {
    return this.#demand<InvoiceData>(this.bank.store, `invoice/${id}`)
  }

  async listInvoices(of: { externalCustomerId?: string; externalSubscriptionId?: string; cursor?: string | null }) {
    this.#heed(refuseCursor(of.cursor))
    const data = (await listAll<InvoiceData>(this.bank.store, 'invoice/')).filter(
      (bill) =>
        (!of.externalCustomerId || bill.externalCustomerId === of.externalCustomerId) &&
        (!of.externalSubscriptionId || bill.externalSubscriptionId === of.externalSubscriptionId),
    )
    return { data, nextCursor: null }
  }

  publishPrice(input: PublishPriceInput, operation: ProviderOperation<'publish_price'>): Promise<PriceData> {
    return this.#once(operation, async (store) => {
      const { plan, price } = input
      this.#heed(refusePrice(input, await find<PriceRecord>(store, `price/${price.id}`)))
      const externalProductId = plan.externalProductId ?? plan.id
      // The price's own id is the key: published twice it is one.
      const record: PriceRecord = { ...price, externalPriceId: price.id, externalProductId, name: plan.name }
      await store.put(`price/${price.id}`, record)
      return { externalPriceId: price.id, externalProductId }
    })
  }

  lookup({ idempotencyKey }: AnyProviderOperation): Promise<LookupResult> {
    return lookUp(this.bank.store, this, idempotencyKey)
  }

  async constructWebhookEvent(rawBody: Uint8Array, headers: Headers, { now }: { now: Date }): Promise<VerifiedEvent[]> {
    return verify(rawBody, headers, { provider: this.providerName, secret: this.#secret, now })
  }

  handleWebhookEvent(event: VerifiedEvent) {
    return normalize(event, this.providerName)
  }

  tick(): Promise<number> {
    return this.bank.tick()
  }

  #once<R extends OperationResult>(
    operation: ProviderOperation<OperationKind>,
    work: (store: StateStore) => Promise<R>,
  ): Promise<R> {
    return once(this.bank.store, this.providerName, operation, work)
  }

  #change(
    operation: ProviderOperation<OperationKind>,
    id: string,
    decide: (
      record: SubscriptionRecord,
      store: StateStore,
    ) => SubscriptionChangeResult | Promise<SubscriptionChangeResult>,
  ): Promise<SubscriptionChangeResult> {
    return this.#once(operation, async (store) => {
      const record = await this.#demand<SubscriptionRecord>(store, `subscription/${id}`)
      const result = await decide(record, store)
      const data = result.subscription
      await store.put(`subscription/${id}`, { ...record, data })
      const type = data.status === 'canceled' ? 'agreement.ended' : 'agreement.changed'
      await this.bank.tell(store, type, data.externalCustomerId, data)
      return result
    })
  }

  async #demand<T>(store: StateStore, key: string): Promise<T> {
    const found = await find<T>(store, key)
    if (!found) throw this.#error('resource_missing', `The bank knows no ${key}.`)
    return found
  }

  #heed(refusal: Refusal | null): void {
    if (refusal) throw this.#error(...refusal)
  }

  #refuseEnded({ status, externalSubscriptionId: id }: SubscriptionData): void {
    if (status === 'canceled') throw this.#error('subscription_ended', `The agreement ${id} has ended.`)
  }

  #error(code: ProviderErrorCode, detail: string): PaymentProviderError {
    return new PaymentProviderError({ provider: this.providerName, code, detail })
  }
}

/** Register it by name: `createBilling({ providers: { bank: bankTransfer({ ... }) } })`. What is missing is said at once. */
export function bankTransfer({ webhookSecret, iban }: BankTransferOptions): MakeProvider {
  return (host) => {
    if (webhookSecret) return new BankTransferProvider(host, { webhookSecret, iban })
    throw new PaymentProviderError({
      provider: host.providerName,
      code: 'provider_misconfigured',
      detail: `Provider "${host.providerName}" needs webhookSecret (BANK_WEBHOOK_SECRET).`,
    })
  }
}
