import {
  type OperationKind,
  type OperationKinds,
  PaymentProviderError,
  type ProviderOperation,
  type SubscriptionData,
} from '../../src/providers/provider.ts'
import type { Buyer, PublishedPrices } from './catalog.ts'
import { type Deed, liesIn, plans } from './history.ts'
import type { World } from './world.ts'

/** Operations that are nobody's here. */
export function operations(tag: string) {
  let serial = 0
  return <K extends OperationKind>(kind: K, input: OperationKinds[K]['input']): ProviderOperation<K> => {
    const id = `bhop_${tag}_${++serial}`
    return { id, kind, idempotencyKey: id, input, startedAt: new Date(0) }
  }
}

/** Does what a history says at the provider, so that only the provider's own words tell of it. */
export class Seller {
  readonly #world: World
  readonly #prices: PublishedPrices
  readonly #buyers: readonly Buyer[]
  readonly #operation: ReturnType<typeof operations>
  /** Ids of the subscriptions there are, in the order they were made. */
  readonly #subscriptions: string[] = []
  readonly #disputes: string[] = []

  constructor(
    world: World,
    { tag, prices, buyers }: { tag: string; prices: PublishedPrices; buyers: readonly Buyer[] },
  ) {
    this.#world = world
    this.#prices = prices
    this.#buyers = buyers
    this.#operation = operations(tag)
  }

  /** What the provider refuses does not happen. */
  async do(deed: SellersDeed): Promise<void> {
    try {
      await this.#do(deed)
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.retryable) throw error
    }
  }

  async #do(deed: SellersDeed): Promise<void> {
    if (deed.does === 'wait') return this.#world.advance(deed.for)
    if (deed.does === 'subscribe') return this.#subscribe(deed)
    if (deed.does === 'decide_dispute') {
      const dispute = this.#disputes.shift()
      return dispute === undefined ? undefined : this.#world.decideDispute(dispute, deed.outcome)
    }
    const id = this.find(deed.which)
    if (id !== undefined) await this.#change(id, deed)
  }

  find(which: number): string | undefined {
    return this.#subscriptions[which % Math.max(1, this.#subscriptions.length)]
  }

  /** Nobody is sold two of one product line at once. */
  async #subscribe({ owner, plan, failsLater, trialDays }: Extract<Deed, { does: 'subscribe' }>): Promise<void> {
    const buyer = this.#buyers[owner]
    if (!buyer) throw new Error(`there is no buyer ${owner}`)
    const { organizationId, externalCustomerId } = buyer
    const { seller } = this.#world
    const { data } = await seller.listSubscriptions({ externalCustomerId })
    if (data.some((one) => isRunning(one) && this.#lineOf(one) === plans[plan])) return
    const input = {
      externalCustomerId,
      externalPriceId: this.#prices[plan].externalPriceId,
      quantity: 1,
      trialDays,
      successUrl: 'https://a.test/ok',
      cancelUrl: 'https://a.test/no',
      reference: { organizationId },
    }
    const session = await seller.createCheckoutSession(input, this.#operation('create_checkout_session', input))
    await this.#world.pay(session, failsLater ? 'fails_later' : 'pays')
    const { externalSubscriptionId } = await seller.retrieveCheckoutSession(session.externalSessionId)
    if (externalSubscriptionId === null) throw new Error('a checkout was paid and made no subscription')
    this.#subscriptions.push(externalSubscriptionId)
  }

  async #change(externalSubscriptionId: string, deed: Extract<SellersDeed, { which: number }>): Promise<void> {
    const { seller } = this.#world
    const input = { externalSubscriptionId }
    switch (deed.does) {
      case 'change_plan':
      case 'change_quantity': {
        const wish = await this.#wish(externalSubscriptionId, deed)
        if (wish) await seller.updateSubscription(wish, this.#operation('update_subscription', wish))
        return
      }
      case 'pause': {
        const pausing = { ...input, kind: deed.kind }
        await seller.pause?.pauseSubscription(pausing, this.#operation('pause_subscription', pausing))
        return
      }
      case 'resume': {
        const { pause } = await seller.retrieveSubscription(externalSubscriptionId)
        if (!pause) return
        const resuming = { ...input, kind: pause.kind }
        await seller.pause?.resumeSubscription(resuming, this.#operation('resume_subscription', resuming))
        return
      }
      case 'reactivate':
        await seller.reactivateSubscription(input, this.#operation('reactivate_subscription', input))
        return
      case 'cancel_now':
      case 'cancel_at_end': {
        const ending = { ...input, atPeriodEnd: deed.does === 'cancel_at_end' }
        await seller.cancelSubscription(ending, this.#operation('cancel_subscription', ending))
        return
      }
      case 'agree':
        await this.#world.agree?.(externalSubscriptionId)
        return
      case 'pay_bill':
      case 'refund':
      case 'dispute':
        return this.#money(externalSubscriptionId, deed)
    }
  }

  async #wish(id: string, deed: Extract<Deed, { does: 'change_plan' | 'change_quantity' }>) {
    const subscription = await this.#world.seller.retrieveSubscription(id)
    const [item] = subscription.items
    if (!item || !isRunning(subscription)) return null
    // A plan of another product line would be a different thing to sell.
    if (deed.does === 'change_plan' && plans[deed.plan] !== this.#lineOf(subscription)) return null
    const change =
      deed.does === 'change_plan'
        ? { externalPriceId: this.#prices[deed.plan].externalPriceId, quantity: item.quantity ?? 1 }
        : { externalPriceId: item.externalPriceId, quantity: deed.quantity }
    const items = [{ externalItemId: item.externalItemId, ...change }]
    const { proration: possible } = this.#world.seller.capabilities.changePlan
    const proration = possible.includes(deed.proration) ? deed.proration : possible[0]
    return proration && { externalSubscriptionId: id, items, proration }
  }

  async #money(id: string, deed: MoneyDeed): Promise<void> {
    const { seller } = this.#world
    const bills = (await seller.listInvoices({ externalSubscriptionId: id })).data
    if (deed.does === 'pay_bill') {
      const open = bills.find(({ status }) => status === 'open')
      if (open) await this.#world.payBill(open)
      return
    }
    const paid = bills.find(({ status, amountPaid }) => status === 'paid' && amountPaid > 0)
    if (!paid) return
    const { payments } = await seller.retrieveInvoice(paid.externalInvoiceId)
    const payment = payments?.find(({ status }) => status === 'succeeded')
    if (!payment) return
    const { externalPaymentId, amount, currency } = payment
    if (deed.does === 'dispute') {
      const dispute = await this.#world.openDispute(externalPaymentId)
      if (dispute !== null) this.#disputes.push(dispute)
      return
    }
    const part = deed.isWhole ? amount - paid.amountRefunded : Math.floor(amount / 3)
    const input = { externalPaymentId, amount: part, currency, reason: 'requested_by_customer' as const, reference: {} }
    await seller.refunds?.createRefund(input, this.#operation('create_refund', input))
  }

  #lineOf({ items }: SubscriptionData): string | undefined {
    const externalPriceId = items[0]?.externalPriceId
    return externalPriceId === undefined ? undefined : lineOf(this.#prices, externalPriceId)
  }
}

export type SellersDeed = Exclude<Deed, { does: 'order' }>
type MoneyDeed = Extract<Deed, { does: 'pay_bill' | 'refund' | 'dispute' }>

const isRunning = ({ status }: SubscriptionData): boolean => status !== 'canceled' && status !== 'incomplete_expired'

const lineOf = (prices: PublishedPrices, externalPriceId: string): string | undefined =>
  liesIn(Object.entries(prices).find(([, price]) => price.externalPriceId === externalPriceId)?.[0])
