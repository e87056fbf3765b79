import type { z } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import { onTestFinished } from 'vitest'
import { asPlatform, inOrganization } from '../../src/db/index.ts'
import type { billingEventSchema } from '../../src/http/schemas/billing-event.ts'
import type { checkoutSessionSchema } from '../../src/http/schemas/checkout-session.ts'
import type { invoiceSchema } from '../../src/http/schemas/invoice.ts'
import type { planSchema } from '../../src/http/schemas/plan.ts'
import type { subscriptionSchema } from '../../src/http/schemas/subscription.ts'
import { type StripeOptions, stripeProvider } from '../../src/providers/stripe/index.ts'
import { createTestBilling, type TestBilling, type TestBillingOptions } from '../../src/testing/index.ts'
import {
  type AccountSettings,
  type DeliveryOptions,
  type StripeEmulator,
  startStripeEmulator,
} from '../../src/testing/stripe-emulator/index.ts'

export type SessionJson = z.infer<typeof checkoutSessionSchema>
export type SubscriptionJson = z.infer<typeof subscriptionSchema>
export type InvoiceJson = z.infer<typeof invoiceSchema>
export type PlanJson = z.infer<typeof planSchema>
export type EventJson = z.infer<typeof billingEventSchema>

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

export class StripeShop {
  readonly billing: TestBilling
  readonly emulator: StripeEmulator
  organization = ''
  readonly plans: PlanJson[] = []

  constructor(billing: TestBilling, emulator: StripeEmulator) {
    this.billing = billing
    this.emulator = emulator
  }

  async open(trialDays: number): Promise<void> {
    this.organization = await this.addOrganization('acme')
    for (const [key, amount, days] of [
      ['pro', 4900, trialDays],
      ['business', 9900, 0],
    ] as const) {
      const price = { key: `${key}-monthly`, currency: 'EUR', amount, interval: 'month', trial_days: days }
      const plan = { key, name: key, features: { [key]: true }, limits: { seats: amount / 100 }, prices: [price] }
      const { id } = await this.made<PlanJson>('/plans/', plan)
      this.plans.push(await this.made<PlanJson>(`/plans/${id}/publish/`, { provider: 'stripe' }))
    }
  }

  async addOrganization(externalId: string): Promise<string> {
    const body = {
      external_id: externalId,
      name: externalId,
      email: `${externalId}@example.test`,
      country: 'DE',
      currency: 'EUR',
      timezone: 'Europe/Berlin',
    }
    return (await this.made<{ id: string }>('/organizations/', body)).id
  }

  /** A call of the platform that must succeed. */
  private async made<T>(path: string, body: object): Promise<T> {
    const { status, json } = await this.call<T>('POST', path, body, null)
    if (status >= 400) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(json)}`)
    return json
  }

  /** A call of the REST API; the route's schema says what comes back. An answer that is an error is returned like any other. */
  async call<T>(method: string, path: string, body?: unknown, organization: string | null = this.organization) {
    const answer = await this.billing.call(method, `/api/v1${path}`, {
      body,
      ...(organization === null ? {} : { organization }),
    })
    return { status: answer.status, json: answer.json as T }
  }

  checkout(price = 'pro-monthly', more: object = {}) {
    const body = {
      price_id: price,
      success_url: 'https://app.example.test/ok',
      cancel_url: 'https://app.example.test/no',
      ...more,
    }
    return this.call<SessionJson & { code?: string }>('POST', '/subscriptions/create-checkout-session/', body)
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

  async current(): Promise<SubscriptionJson> {
    return (await this.call<SubscriptionJson>('GET', '/subscriptions/current/')).json
  }

  async manage(action: string, more: object = {}) {
    const { id } = await this.current()
    const answer = this.call<{ outcome: string; operation_id?: string; subscription: SubscriptionJson; code?: string }>
    return answer.call(this, 'POST', `/subscriptions/${id}/manage-subscription/`, { action, ...more })
  }

  async invoices(): Promise<InvoiceJson[]> {
    return (await this.call<{ data: InvoiceJson[] }>('GET', '/invoices/')).json.data
  }

  /** BillingEvents, in order. */
  async told(): Promise<EventJson[]> {
    return (await this.call<{ data: EventJson[] }>('GET', '/events/?limit=100')).json.data
  }

  async toldTypes(prefix = ''): Promise<string[]> {
    return (await this.told()).map(({ type }) => type).filter((type) => type.startsWith(prefix))
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

  post(body: string, headers: Record<string, string>, path = '/api/v1/billing/webhooks/stripe/'): Promise<Response> {
    return this.billing.handler(new Request(this.billing.baseUrl + path, { method: 'POST', body, headers }))
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

  async inbox() {
    const answer = this.call<{ data: Array<{ type: string; status: string; reason: string | null }> }>
    return (await answer.call(this, 'GET', '/admin/webhook-events/?limit=100', undefined, null)).json.data
  }

  async alerts() {
    const answer = this.call<{ data: Array<{ kind: string; subject: string; detail: string }> }>
    return (await answer.call(this, 'GET', '/admin/alerts/', undefined, null)).json.data
  }

  /** Rows as the organization's own role sees them. */
  rows(query: string): Promise<Array<Record<string, unknown>>> {
    return inOrganization(this.billing.ctx.db, this.organization, async ({ tx }) =>
      rowsOf(await tx.execute(sql.raw(query))),
    )
  }

  /** Rows of the tables that belong to no organization. */
  platformRows(query: string): Promise<Array<Record<string, unknown>>> {
    return asPlatform(this.billing.ctx.db, async ({ tx }) => rowsOf(await tx.execute(sql.raw(query))))
  }

  async close(): Promise<void> {
    await this.billing.close()
    await this.emulator.stop()
  }
}

// What a raw statement answers is known to whoever wrote it.
const rowsOf = (result: unknown) => (result as { rows: Array<Record<string, unknown>> }).rows
