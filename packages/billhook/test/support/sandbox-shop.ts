import { sql } from 'drizzle-orm'
import { rowsOf } from '../../src/db/index.ts'
import { createPlan, type Plan, publishPlan } from '../../src/domain/catalog/index.ts'
import { type BillingEvent, type BillingEventType, listBillingEvents } from '../../src/outbox/index.ts'
import type { BasePaymentProvider } from '../../src/providers/provider.ts'
import { sandboxProvider } from '../../src/providers/sandbox/index.ts'
import { createTestBilling, type TestBilling, type TestBillingOptions } from '../../src/testing/create-test-billing.ts'

export const cards = {
  pays: '4242424242424242',
  declines: '4000000000000002',
  failsLater: '4000000000000341',
} as const

/** A delivery of the sandbox on its way, exactly as it was sent. */
export interface Delivery {
  rawBody: Uint8Array
  headers: Headers
}

export interface ShopOptions extends TestBillingOptions {
  /** Webhooks of the sandbox are kept in `shop.deliveries` instead of arriving. */
  capture?: boolean
}

/** A service with a small catalog at the sandbox, and one organization that has bought nothing yet. */
export async function openShop({ capture = false, ...options }: ShopOptions = {}) {
  const deliveries: Delivery[] = []
  const keep: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    deliveries.push({ rawBody: await request.bytes(), headers: request.headers })
    return new Response(null, { status: 200 })
  }
  const billing = await createTestBilling({
    providers: { sandbox: sandboxProvider() },
    ...(capture ? { fetch: keep } : {}),
    ...options,
  })
  await makeCatalog(billing)
  const organizationId = await addOrganization(billing, 'acme')
  return {
    billing,
    ctx: billing.ctx,
    organizationId,
    deliveries,
    ...shopActions(billing, organizationId),
    close: billing.close,
  }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

async function makeCatalog(billing: TestBilling): Promise<void> {
  for (const [key, amount, seats, trialDays] of [
    ['starter', 1000, 3, 0],
    ['team', 3000, 10, 0],
    ['trial', 2000, 5, 14],
  ] as const) {
    const plan: Plan = await createPlan(billing.ctx, {
      key,
      name: key,
      features: { export: key === 'team' },
      limits: { seats },
      graceDays: 7,
      prices: [{ key: `${key}-monthly`, currency: 'EUR', amount, interval: 'month', intervalCount: 1, trialDays }],
    })
    await publishPlan(billing.ctx, { planId: plan.id, provider: 'sandbox' })
  }
}

export async function addOrganization(billing: TestBilling, externalId: string): Promise<string> {
  const fields = { name: externalId, email: `${externalId}@a.test`, country: 'DE', currency: 'EUR', timezone: 'UTC' }
  return (await billing.createOrganization({ externalId, ...fields })).id
}

/** How an organization buys: what a host and a buyer would do, and nothing else. */
export function shopActions(billing: TestBilling, organizationId: string) {
  const checkout = (priceId = 'starter-monthly') =>
    billing.createCheckoutSession({
      organizationId,
      priceId,
      successUrl: 'https://a.test/ok',
      cancelUrl: 'https://a.test/no',
    })
  const pay = async (url: string | null, card: string = cards.pays): Promise<Response> =>
    billing.handler(new Request(url ?? '', { method: 'POST', body: new URLSearchParams({ card }) }))
  /** Moves the billing clock, waits for every delivery, and does what follows from them. */
  const advance = async (by: string) => {
    await sandboxOf(billing).advance(by)
    await billing.runJobs()
  }
  const current = () => billing.getCurrentSubscription({ organizationId })
  return {
    checkout,
    pay,
    current,
    /** From the order to an active subscription. */
    subscribe: async ({ card = cards.pays as string, priceId = 'starter-monthly' } = {}) => {
      const session = await checkout(priceId)
      await pay(session.url, card)
      await advance('PT0S')
      return current()
    },
    advance,
    settle: () => advance('PT0S'),
    events: <T extends BillingEventType>(filter: EventFilter<T> = {}) => listEvents(billing, organizationId, filter),
  }
}

export function sandboxOf(billing: TestBilling): BasePaymentProvider & { advance(by: string): Promise<unknown> } {
  const provider = billing.providers.getProvider('sandbox')
  if (!('advance' in provider)) throw new Error('the provider of this shop has no clock to move')
  return provider as ReturnType<typeof sandboxOf>
}

interface EventFilter<T> {
  objectId?: string
  type?: T
}

export async function listEvents<T extends BillingEventType>(
  billing: TestBilling,
  organizationId: string,
  filter: EventFilter<T> = {},
): Promise<Array<Extract<BillingEvent, { type: T }>>> {
  const { data } = await listBillingEvents(billing.ctx, { organizationId, limit: 100, ...filter })
  return data as Array<Extract<BillingEvent, { type: T }>>
}

/** As the login of the connection: no role, no scope. */
export const selectRows = <Row = Record<string, unknown>>(billing: TestBilling, text: string): Promise<Row[]> =>
  rowsOf<Row>(billing.ctx.db.drizzle.execute(sql.raw(text)))
