import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type BillingService, createBilling } from '../src/billing.ts'
import { openPostgres } from '../src/db/index.ts'
import { createTestDatabase, describeWithPostgres, type TestDatabase } from '../src/testing/postgres/index.ts'
import { processDueEvents } from '../src/webhooks/process.ts'
import {
  addOrganization,
  type Delivery,
  listEvents,
  openShop,
  type Shop,
  selectRows,
  shopActions,
} from './support/sandbox-shop.ts'
import { silentLogger } from './support/silent-logger.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

const times = 20

describeWithPostgres('many at once, in several processes', () => {
  let database: TestDatabase
  let shop: Shop
  const workers: BillingService[] = []
  const { make, provider } = troubledSandbox()
  beforeAll(async () => {
    database = await createTestDatabase()
    const open = () => openPostgres({ url: database.url, logger: silentLogger })
    shop = await openShop({ capture: true, database: await open(), providers: { sandbox: make } })
    // Other processes: contexts and pools of their own over the same database.
    for (let process = 0; process < 3; process++) {
      const db = await open()
      workers.push(
        await createBilling({
          baseUrl: shop.billing.baseUrl,
          providers: { sandbox: make },
          database: db,
          clock: shop.billing.clock,
        }),
      )
    }
  })
  afterAll(async () => {
    await Promise.all(workers.map(({ ctx }) => ctx.db.close()))
    await shop.close()
    await database.drop()
  })

  let buyer: ReturnType<typeof shopActions> & { organizationId: string }
  let buyers = 0
  beforeEach(async () => {
    const organizationId = await addOrganization(shop.billing, `buyer-${++buyers}`)
    buyer = { organizationId, ...shopActions(shop.billing, organizationId) }
  })

  const all = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: times }, (_, index) => work(index)))
  const someWorker = (index: number): BillingService => workers[index % workers.length] ?? shop.billing
  const receive = (delivery: Delivery, index = 0) =>
    someWorker(index).receiveWebhook({ provider: 'sandbox', ...delivery })
  /** Every worker looks again and again until nothing is left to do. */
  const drain = () =>
    Promise.all(
      [...workers, ...workers].map(async ({ ctx }) => {
        while ((await processDueEvents(ctx)) > 0);
      }),
    )
  const bought = async (): Promise<Delivery[]> => {
    shop.deliveries.splice(0)
    await buyer.pay((await buyer.checkout()).url)
    await shop.settle()
    return shop.deliveries.splice(0)
  }
  /** Puts every event in a line of its own, so that workers meet on the objects. */
  const eachInItsOwnLine = () => selectRows(shop.billing, 'update billhook.webhook_events set line_key = id')
  const ofBuyer = (table: string) =>
    selectRows(shop.billing, `select * from billhook.${table} where organization_id = '${buyer.organizationId}'`)

  const expectOnePurchase = async () => {
    expect(await ofBuyer('subscriptions')).toMatchObject([{ status: 'active' }])
    expect(await ofBuyer('bindings')).toMatchObject([{ role: 'billing' }])
    expect(await ofBuyer('invoices')).toMatchObject([{ status: 'paid' }])
    expect(await ofBuyer('payments')).toHaveLength(1)
    const told = (await listEvents(shop.billing, buyer.organizationId)).map(({ type }) => type).sort()
    expect(told).toEqual([
      'checkout.completed',
      'customer.created',
      'entitlements.changed',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'subscription.activated',
      'subscription.created',
    ])
    expect(await selectRows(shop.billing, `select * from billhook.webhook_events where status <> 'processed'`)).toEqual(
      [],
    )
    expect(await selectRows(shop.billing, 'select * from billhook.webhook_events where attempts > 1')).toEqual([])
  }

  it('make one inbox row of one delivery that comes twenty times', async () => {
    const [first, ...rest] = await bought()
    if (!first) throw new Error('nothing was delivered')
    const before = (await ofBuyer('webhook_events')).length
    const answers = await all((index) => receive(first, index))
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    await Promise.all(rest.map((delivery, index) => receive(delivery, index)))
    await drain()
    expect(await ofBuyer('webhook_events')).toHaveLength(before + 1 + rest.length)
    await expectOnePurchase()
  })

  it('make one row and one BillingEvent of what is seen for the first time by all of them', async () => {
    const deliveries = await bought()
    await Promise.all(deliveries.flatMap((delivery) => [0, 1, 2].map((index) => receive(delivery, index))))
    await eachInItsOwnLine()
    await drain()
    await expectOnePurchase()
  })

  it('make one row of an object that all of them read at the same time', async () => {
    const session = await buyer.checkout()
    await buyer.pay(session.url)
    await shop.settle()
    shop.deliveries.splice(0)
    const input = { organizationId: buyer.organizationId, checkoutSessionId: session.id }
    const seen = await all((index) => someWorker(index).getCheckoutSession(input))
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(['complete']))
    expect(await ofBuyer('subscriptions')).toHaveLength(1)
    expect(await listEvents(shop.billing, buyer.organizationId, { type: 'checkout.completed' })).toHaveLength(1)
    const [binding] = await ofBuyer('bindings')
    const externalSubscriptionId = String(binding?.external_subscription_id)
    await all((index) =>
      someWorker(index).syncSubscriptionFromProvider({ organizationId: buyer.organizationId, externalSubscriptionId }),
    )
  })

  it('open one checkout page for the same wish, and leave one open for different ones', async () => {
    const request = (priceId: string, index: number) =>
      someWorker(index).createCheckoutSession({
        organizationId: buyer.organizationId,
        priceId,
        successUrl: 'https://a.test/ok',
        cancelUrl: 'https://a.test/no',
      })
    const same = await all((index) => request('starter-monthly', index))
    expect(new Set(same.map(({ id }) => id)).size).toBe(1)
    const different = await Promise.all(['starter-monthly', 'team-monthly'].map(request))
    expect(different.map(({ status }) => status)).toEqual(['open', 'open'])
    const pages = await ofBuyer('checkout_sessions')
    expect(pages.filter(({ status }) => status === 'open')).toHaveLength(1)
    for (const page of pages) {
      const { status } = await provider().retrieveCheckoutSession(String(page.external_session_id))
      expect(status).toBe(page.status)
    }
  })

  it('make one customer at the provider, however many ask', async () => {
    const before = provider().done.get('createCustomer') ?? 0
    const customers = await all((index) =>
      someWorker(index).getOrCreateCustomer({ organizationId: buyer.organizationId }),
    )
    expect(new Set(customers.map(({ externalCustomerId }) => externalCustomerId)).size).toBe(1)
    expect(provider().done.get('createCustomer')).toBe(before + 1)
    expect(await listEvents(shop.billing, buyer.organizationId, { type: 'customer.created' })).toHaveLength(1)
  })

  it('cancel once: whoever comes second is told that it holds or is under way', async () => {
    for (const delivery of await bought()) await receive(delivery)
    await drain()
    const { id: subscriptionId } = await buyer.current()
    const before = provider().done.get('cancelSubscription') ?? 0
    const cancel = { organizationId: buyer.organizationId, subscriptionId, atPeriodEnd: true }
    const outcomes = await Promise.allSettled([0, 1].map((index) => someWorker(index).cancelSubscription(cancel)))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'change_in_progress' })
      else expect(outcome.value).toMatchObject({ outcome: 'applied', subscription: { cancelAtPeriodEnd: true } })
    }
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
    expect(provider().done.get('cancelSubscription')).toBe(before + 1)
    expect(
      await listEvents(shop.billing, buyer.organizationId, { type: 'subscription.cancel_scheduled' }),
    ).toHaveLength(1)
  })
})
