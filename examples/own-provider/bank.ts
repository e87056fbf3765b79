import type { CheckoutSessionData, InvoiceData, ProviderHost, StateStore } from 'billhook'
import {
  billFor,
  find,
  listAll,
  nextId,
  overdue,
  type PriceRecord,
  paid,
  periodEnd,
  type SubscriptionRecord,
} from './records.ts'
import { type BankEventType, signature } from './webhooks.ts'

export interface Order {
  session: CheckoutSessionData
  externalPriceId: string
  quantity: number
}

/** The other side: orders, bills, transfers, and the webhooks about them. All of it lives in the host's state store. */
export class Bank {
  readonly #host: ProviderHost
  readonly #secret: string

  constructor(host: ProviderHost, secret: string) {
    this.#host = host
    this.#secret = secret
  }

  get store(): StateStore {
    return this.#host.stateStore
  }

  get now(): Date {
    return this.#host.clock.now()
  }

  /** An order waits a week for its money. */
  get endOfOffer(): Date {
    return new Date(this.now.getTime() + 7 * 86_400_000)
  }

  /** Money came in with a reference on it: an order's or an open bill's. Answers whether it fitted one. */
  receiveTransfer(input: { reference: string; hasStandingOrder: boolean }): Promise<boolean> {
    return this.store.exclusively(async (store) => {
      const order = await find<Order>(store, `order/${input.reference}`)
      if (order?.session.status === 'open') await this.#begin(store, order, input.hasStandingOrder)
      const bill = order ? null : await find<InvoiceData>(store, `invoice/${input.reference}`)
      if (bill?.status === 'open') await this.#settle(store, bill)
      return order?.session.status === 'open' || bill?.status === 'open'
    })
  }

  /** Bills the periods that are over, ends what was to end, sends what is to be told. Answers how much was done. */
  async tick(): Promise<number> {
    const renewed = await this.store.exclusively(async (store) => {
      let count = 0
      for (const { data } of await listAll<SubscriptionRecord>(store, 'subscription/')) {
        // One period after the other, however long nobody looked.
        const key = `subscription/${data.externalSubscriptionId}`
        let record = await find<SubscriptionRecord>(store, key)
        while (record && (await this.#renew(store, record)) > 0) {
          count += 1
          record = await find<SubscriptionRecord>(store, key)
        }
      }
      return count
    })
    return renewed + (await this.#send())
  }

  /** Writes an event down in the same breath as what it tells. */
  async tell(store: StateStore, type: BankEventType, customer: string, data: object): Promise<void> {
    const id = await nextId(store, 'event')
    await store.put(`event/${id}`, { id, type, occurredAt: this.now, customer, data })
  }

  async #begin(store: StateStore, order: Order, hasStandingOrder: boolean): Promise<void> {
    const { session, externalPriceId, quantity } = order
    const price = await find<PriceRecord>(store, `price/${externalPriceId}`)
    const customer = session.externalCustomerId
    if (!price || !customer) throw new Error(`order ${session.externalSessionId} is for nothing`)
    const now = this.now
    const id = await nextId(store, 'agreement')
    const record: SubscriptionRecord = {
      hasStandingOrder,
      periodsBilled: 1,
      data: {
        ...{ externalSubscriptionId: id, externalCustomerId: customer, status: 'active', currency: price.currency },
        items: [{ externalItemId: `${id}_item`, externalPriceId, quantity }],
        ...{
          currentPeriodStart: now,
          currentPeriodEnd: periodEnd(now, price, 1),
          billingAnchorAt: now,
          startedAt: now,
        },
        ...{ trialStart: null, trialEnd: null, cancelAt: null, canceledAt: null, endedAt: null, pause: null },
        ...{ latestExternalInvoiceId: null, reference: session.reference },
      },
    }
    const bill = await this.#bill(store, record, 'subscription_create')
    await this.tell(store, 'agreement.begun', customer, record.data)
    await this.#settle(store, bill)
    const done = { ...session, status: 'complete', url: null, externalSubscriptionId: id }
    await store.put(`order/${session.externalSessionId}`, { ...order, session: done })
    await this.tell(store, 'order.paid', customer, done)
  }

  async #bill(store: StateStore, record: SubscriptionRecord, reason: InvoiceData['billingReason']) {
    const prices = await listAll<PriceRecord>(store, 'price/')
    const byId = new Map(prices.map((price) => [price.externalPriceId, price]))
    const bill = billFor(record, byId, { id: await nextId(store, 'bill'), reason, at: this.now })
    record.data.latestExternalInvoiceId = bill.externalInvoiceId
    await store.put(`invoice/${bill.externalInvoiceId}`, bill)
    await store.put(`subscription/${record.data.externalSubscriptionId}`, record)
    await this.tell(store, 'bill.issued', bill.externalCustomerId, bill)
    return bill
  }

  async #settle(store: StateStore, open: InvoiceData): Promise<void> {
    const bill = paid(open, this.now)
    await store.put(`invoice/${bill.externalInvoiceId}`, bill)
    await this.tell(store, 'bill.paid', bill.externalCustomerId, bill)
    const record = await find<SubscriptionRecord>(store, `subscription/${bill.externalSubscriptionId}`)
    if (record?.data.status !== 'past_due') return
    await this.#change(store, record, 'agreement.changed', { status: 'active' })
  }

  async #renew(store: StateStore, record: SubscriptionRecord): Promise<number> {
    const { status, currentPeriodEnd, cancelAt, billingAnchorAt, items } = record.data
    if (status === 'canceled' || !currentPeriodEnd || !billingAnchorAt || currentPeriodEnd > this.now) return 0
    if (cancelAt) {
      await this.#change(store, record, 'agreement.ended', { status: 'canceled', endedAt: cancelAt, cancelAt: null })
      return 1
    }
    const price = await find<PriceRecord>(store, `price/${items[0]?.externalPriceId}`)
    if (!price) throw new Error(`agreement ${record.data.externalSubscriptionId} has no price`)
    record.periodsBilled += 1
    const end = periodEnd(billingAnchorAt, price, record.periodsBilled)
    Object.assign(record.data, { currentPeriodStart: currentPeriodEnd, currentPeriodEnd: end })
    const bill = await this.#bill(store, record, 'subscription_cycle')
    if (!record.hasStandingOrder) {
      await this.#change(store, record, 'agreement.changed', { status: 'past_due' })
      const late = overdue(bill, this.now)
      await store.put(`invoice/${late.externalInvoiceId}`, late)
      await this.tell(store, 'bill.overdue', late.externalCustomerId, late)
      return 1
    }
    await this.tell(store, 'agreement.changed', bill.externalCustomerId, record.data)
    await this.#settle(store, bill)
    return 1
  }

  async #change(store: StateStore, record: SubscriptionRecord, type: BankEventType, change: object): Promise<void> {
    const data = { ...record.data, ...change }
    await store.put(`subscription/${data.externalSubscriptionId}`, { ...record, data })
    await this.tell(store, type, data.externalCustomerId, data)
  }

  /** In order; what is not acknowledged is sent again next time, and holds up what comes after it. */
  async #send(): Promise<number> {
    let sent = 0
    for (const { key, value } of await this.store.list('event/')) {
      const body = JSON.stringify(value)
      const headers = { 'content-type': 'application/json', 'bank-signature': signature(body, this.#secret, this.now) }
      const answer = await this.#host.fetch(this.#host.webhookUrl, { method: 'POST', headers, body })
      if (!answer.ok) return sent
      await this.store.delete(key)
      sent += 1
    }
    return sent
  }
}
