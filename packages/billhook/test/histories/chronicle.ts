import type { BasePaymentProvider, SubscriptionData } from '../../src/providers/provider.ts'
import type { Message } from './world.ts'

/** What the provider told in all, lost or not: how often something happened that may happen again and again. */
export class Chronicle {
  readonly #provider: BasePaymentProvider
  readonly #periods = new Map<string, Set<number>>()
  readonly #prices = new Map<string, string[]>()
  readonly #attempts = new Map<string, number>()

  constructor(provider: BasePaymentProvider) {
    this.#provider = provider
  }

  async write(messages: readonly Message[], at: Date): Promise<void> {
    for (const message of messages) {
      const { rawBody, headers } = message.send(at)
      const events = await this.#provider.constructWebhookEvent(rawBody, headers, { now: at })
      for (const event of events.flatMap((verified) => this.#provider.handleWebhookEvent(verified))) {
        if (event.kind === 'ignored' || !event.snapshot) continue
        if ('currentPeriodStart' in event.snapshot) this.#writeSubscription(event.snapshot)
        if ('attemptCount' in event.snapshot)
          this.#attempts.set(event.snapshot.externalInvoiceId, event.snapshot.attemptCount)
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

  /** How often it happened; null: no number can be given for that. */
  countOf(type: string, about: string): number | null {
    if (type === 'subscription.activated') return 1
    if (type === 'subscription.renewed') return (this.#periods.get(about)?.size ?? 1) - 1
    if (type === 'subscription.plan_changed') return (this.#prices.get(about)?.length ?? 1) - 1
    if (type === 'invoice.payment_failed') return this.#attempts.get(about) ?? 0
    return null
  }
}
