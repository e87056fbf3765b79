import { subscriptionOfBill } from '../../src/providers/charged-invoices.ts'
import type { BasePaymentProvider, ChargeData, SubscriptionData } from '../../src/providers/provider.ts'
import type { Message } from './world.ts'

/** What the provider told in all, lost or not: how often something happened that may happen again and again. */
export class Chronicle {
  /** Events only name the subscription: who reads it late has never seen what it was meanwhile. */
  isThin = false
  readonly #provider: BasePaymentProvider
  readonly #periods = new Map<string, Set<number>>()
  readonly #prices = new Map<string, string[]>()
  readonly #attempts = new Map<string, number>()
  /** Attempts to collect that failed, by subscription, where bills are ours. */
  readonly #failures = new Map<string, Set<string>>()

  constructor(provider: BasePaymentProvider) {
    this.#provider = provider
  }

  async write(messages: readonly Message[], at: Date): Promise<void> {
    for (const message of messages) {
      const { rawBody, headers } = message.send(at)
      const events = await this.#provider.constructWebhookEvent(rawBody, headers, { now: at })
      for (const event of events.flatMap((verified) => this.#provider.handleWebhookEvent(verified))) {
        if (event.kind === 'ignored') continue
        const { snapshot, refs, reread } = event
        // Where an event only says that something changed, it is seen in the subscription.
        if (reread === 'thin' && refs.externalSubscriptionId) {
          this.isThin = true
          this.#writeSubscription(await this.#provider.retrieveSubscription(refs.externalSubscriptionId))
        }
        if (!snapshot) continue
        if ('currentPeriodStart' in snapshot) this.#writeSubscription(snapshot)
        if ('attemptCount' in snapshot) this.#attempts.set(snapshot.externalInvoiceId, snapshot.attemptCount)
        if (event.kind === 'charge.changed' && event.snapshot) this.#writeCharge(event.snapshot)
      }
    }
  }

  #writeSubscription({ externalSubscriptionId: id, currentPeriodStart, items }: SubscriptionData): void {
    const periods = this.#periods.get(id) ?? new Set()
    if (currentPeriodStart) periods.add(currentPeriodStart.getTime())
    this.#periods.set(id, periods)
    const prices = this.#prices.get(id) ?? []
    const price = items[0]?.externalPriceId ?? ''
    if (prices.at(-1) !== price) prices.push(price)
    this.#prices.set(id, prices)
  }

  #writeCharge({ externalSubscriptionId: id, externalPaymentId, status }: ChargeData): void {
    if (status === 'failed') this.#failures.set(id, (this.#failures.get(id) ?? new Set()).add(externalPaymentId))
  }

  /** How often it happened; null: no number can be given for that. */
  countOf(type: string, about: string): number | null {
    if (type === 'subscription.activated') return 1
    if (type === 'subscription.renewed') return (this.#periods.get(about)?.size ?? 1) - 1
    if (type === 'subscription.plan_changed') return (this.#prices.get(about)?.length ?? 1) - 1
    if (type === 'invoice.payment_failed')
      return this.#attempts.get(about) ?? this.#failures.get(subscriptionOfBill(about))?.size ?? 0
    return null
  }
}
