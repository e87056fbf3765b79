import { onTestFinished } from 'vitest'
import { type StripeOptions, stripeProvider } from '../../src/providers/stripe/index.ts'
import { createTestBilling, type TestBilling, type TestBillingOptions } from '../../src/testing/index.ts'
import {
  type AccountSettings,
  type DeliveryOptions,
  type StripeEmulator,
  startStripeEmulator,
} from '../../src/testing/stripe-emulator/index.ts'
import { ServiceShop, type SubscriptionJson } from './service-shop.ts'

export type { EventJson, InvoiceJson, PlanJson, SessionJson, SubscriptionJson } from './service-shop.ts'

export const secret = 'whsec_shop'
export const cards = {
  pays: '4242424242424242',
  declines: '4000000000000002',
  failsLater: '4000000000000341',
  asksOnce: '4000002500003155',
} as const

export interface ShopOptions extends TestBillingOptions {
  stripe?: Partial<StripeOptions>
  account?: Partial<AccountSettings>
  /** Days of trial of the monthly price. */
  trialDays?: number
}

/** What a test posts to the webhook door and how it looks afterwards. */
export type ShopDelivery = DeliveryOptions & { secret?: string; process?: boolean }

const start = '2026-03-01T00:00:00Z'

/**
 * A whole service with two published prices (`pro-monthly` 49.00, `business-monthly` 99.00 EUR), an organization, and an emulated Stripe
 * account behind a port. The service's clock and Stripe's stand still, and move together.
 */
export async function openStripeShop({ stripe, account, trialDays = 0, ...options }: ShopOptions = {}) {
  const emulator = await startStripeEmulator({ clock: new Date(start), settings: account })
  const accountOptions = {
    secretKey: emulator.apiKey,
    webhookSecrets: [secret],
    apiBase: emulator.baseUrl,
    maxNetworkRetries: 0,
    ...stripe,
  }
  const make = stripeProvider(accountOptions, { sleep: async () => undefined, random: () => 0.5 })
  try {
    const billing = await createTestBilling({
      at: start,
      defaultProvider: 'stripe',
      ...options,
      providers: { stripe: make, ...options.providers },
    })
    const shop = new StripeShop(billing, emulator)
    await shop.open(trialDays)
    return shop
  } catch (error) {
    await emulator.stop()
    throw error
  }
}

/** A shop of this test's own, closed with it. */
export async function shopFor(options?: ShopOptions): Promise<StripeShop> {
  const shop = await openStripeShop(options)
  onTestFinished(() => shop.close())
  return shop
}

export class StripeShop extends ServiceShop {
  readonly emulator: StripeEmulator

  constructor(billing: TestBilling, emulator: StripeEmulator) {
    super(billing, 'stripe')
    this.emulator = emulator
  }

  /** Opens a checkout and pays it on Stripe's page; nothing is delivered yet. Answers the session and the subscription at Stripe. */
  async pay(card: string | undefined = cards.pays, price?: string) {
    const { json: session } = await this.checkout(price)
    const { subscriptionId } = this.emulator.pay(session.external_session_id ?? '', card ? { card } : {})
    return { session, externalSubscriptionId: subscriptionId ?? '' }
  }

  /** Paid, and told by webhooks. */
  async subscribe(card?: string): Promise<SubscriptionJson> {
    await this.pay(card)
    await this.deliver()
    return this.current()
  }

  /** What the organization has, in ids that are the same in every run: our own and the emulator's port are numbered away. */
  async portrait(): Promise<unknown> {
    const invoices = (await this.invoices()).sort((a, b) => a.external_invoice_id.localeCompare(b.external_invoice_id))
    const text = JSON.stringify([await this.current(), invoices])
    return JSON.parse(
      text.replaceAll(this.emulator.baseUrl, 'https://stripe').replace(/(bh[a-z]+)_[0-9a-f]{32}/g, '$1'),
    )
  }

  /** Posts what Stripe has to say to the webhook door, signed, and does what follows from it. Answers the statuses. */
  async deliver({ process = true, ...options }: ShopDelivery = {}): Promise<number[]> {
    const signedAt = Math.floor(this.billing.clock.now().getTime() / 1000)
    const statuses: number[] = []
    for (const { body, headers } of this.emulator.signed({ secret, signedAt, ...options })) {
      statuses.push((await this.post(body, headers)).status)
    }
    if (process) await this.billing.runJobs()
    return statuses
  }

  /** Both clocks, and what falls due at Stripe on the way. */
  advance(by: string | number): void {
    this.emulator.clock.advance(by)
    this.billing.clock.set(this.emulator.clock.now())
  }

  /** Lets retries and look-ups of the service come due, and does them; nothing is due at Stripe by then. */
  async wait(seconds: number): Promise<void> {
    this.advance(seconds * 1000)
    await this.billing.runJobs()
  }

  async close(): Promise<void> {
    await this.billing.close()
    await this.emulator.stop()
  }
}
