import { onTestFinished } from 'vitest'
import { type PayPalOptions, paypalProvider } from '../../src/providers/paypal/index.ts'
import { createTestBilling, type TestBilling, type TestBillingOptions } from '../../src/testing/index.ts'
import {
  type ApproveOptions,
  type DeliveryOptions,
  type PaypalEmulator,
  startPaypalEmulator,
} from '../../src/testing/paypal-emulator/index.ts'
import { ServiceShop, type SubscriptionJson } from './service-shop.ts'

export interface PaypalShopOptions extends TestBillingOptions {
  paypal?: Partial<PayPalOptions>
  /** Days of trial of the monthly price. */
  trialDays?: number
}

const start = '2026-03-02T12:00:00Z'

/** A whole service over an emulated PayPal account behind a port. The service's clock and PayPal's stand still, and move together. */
export async function paypalShopFor({
  paypal,
  trialDays = 0,
  at = start,
  ...options
}: PaypalShopOptions = {}): Promise<PaypalShop> {
  const holder: { billing: TestBilling | null } = { billing: null }
  const wallClock = () => holder.billing?.clock.now() ?? new Date(at)
  const emulator = await startPaypalEmulator({ startAt: at, wallClock })
  onTestFinished(() => emulator.stop())
  const make = paypalProvider(
    {
      ...{ clientId: emulator.clientId, clientSecret: emulator.clientSecret, mode: 'sandbox' },
      ...{ webhookId: emulator.webhookId, apiBase: emulator.baseUrl, trustedRoots: [emulator.certificateAuthority] },
      ...paypal,
    },
    { sleep: async () => undefined, random: () => 0.5 },
  )
  const providers = { paypal: make, ...options.providers }
  const billing = await createTestBilling({ at, defaultProvider: 'paypal', ...options, providers })
  onTestFinished(() => billing.close())
  holder.billing = billing
  const shop = new PaypalShop(billing, emulator)
  await shop.open(trialDays)
  return shop
}

export class PaypalShop extends ServiceShop {
  readonly emulator: PaypalEmulator

  constructor(billing: TestBilling, emulator: PaypalEmulator) {
    super(billing, 'paypal')
    this.emulator = emulator
  }

  /** Opens a checkout and approves it on PayPal's page; nothing is delivered yet. Answers the subscription's id at PayPal. */
  async approve(options: ApproveOptions = {}, price?: string): Promise<string> {
    const { json } = await this.checkout(price)
    const id = json.external_session_id ?? ''
    this.emulator.approve(id, options)
    return id
  }

  /** Approved, and told by webhooks. */
  async subscribe(options: ApproveOptions = {}): Promise<SubscriptionJson> {
    await this.approve(options)
    await this.deliver()
    return this.current()
  }

  /** Posts what PayPal has to say to the webhook door, and does what follows from it. Answers the statuses. */
  async deliver(options: DeliveryOptions = {}): Promise<number[]> {
    const statuses: number[] = []
    for (const { body, headers } of this.emulator.signed(options))
      statuses.push((await this.post(body, headers)).status)
    await this.billing.runJobs()
    return statuses
  }

  /** Both clocks, and what falls due at PayPal on the way; told by webhooks. */
  async advance(by: string): Promise<void> {
    this.emulator.clock.advance(by)
    this.billing.clock.set(this.emulator.clock.now())
    await this.deliver()
  }
}
