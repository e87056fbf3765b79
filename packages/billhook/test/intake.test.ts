import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { inOrganization, lockOrganization } from '../src/db/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import type { SandboxSubscription } from '../src/providers/sandbox/objects.ts'
import { listWebhookEvents } from '../src/webhooks/index.ts'
import { addOrganization, openShop, type Shop, selectRows, shopActions } from './support/sandbox-shop.ts'
import { eventOf, type ForgedEvent, send, webhookSecret } from './support/send-event.ts'

/** Organizations that have each bought; what the provider says about their subscriptions. */
const buyers = 8
let shop: Shop
let told: SandboxSubscription[]
let minutes = 0

beforeAll(async () => {
  shop = await openShop({ capture: true, providers: { sandbox: sandboxProvider({ webhookSecret }) } })
  for (let n = 0; n < buyers; n++) {
    const buyer = shopActions(shop.billing, await addOrganization(shop.billing, `buyer-${n}`))
    const session = await buyer.checkout()
    await buyer.pay(session.url)
  }
  await shop.settle()
  const deliveries = shop.deliveries.splice(0)
  for (const delivery of deliveries) await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
  await shop.billing.runJobs()
  told = deliveries
    .map(eventOf)
    .flatMap(({ type, data }) => (type === 'subscription.created' && data.object === 'subscription' ? [data] : []))
})
afterAll(() => shop.close())

/** Later than everything before it. */
const change = (subscription: SandboxSubscription | undefined, quantity: number): ForgedEvent => {
  if (!subscription) throw new Error('nobody bought')
  minutes += 1
  const data = { ...subscription, items: subscription.items.map((item) => ({ ...item, quantity })) }
  return { type: 'subscription.updated', at: new Date(Date.UTC(2026, 0, 31, 10, minutes)), data }
}
const quantities = async () => {
  const rows = await selectRows<{ external: string; quantity: number }>(
    shop.billing,
    `select b.external_subscription_id as external, s.quantity from billhook.subscriptions s join billhook.bindings b on b.subscription_id = s.id`,
  )
  return told.map(({ id }) => rows.find(({ external }) => external === id)?.quantity)
}
const inbox = async (status: string) =>
  (await listWebhookEvents(shop.ctx, { limit: 100 })).data.filter((row) => row.status === status)
const together = (events: ForgedEvent[]) => Promise.all(events.map((event) => send(shop, event)))

describe('deliveries that arrive together', () => {
  it('are applied when they are answered, each to its own organization, with no job in between', async () => {
    await together(told.map((one, n) => change(one, 10 + n)))
    expect(await quantities()).toEqual(told.map((_, n) => 10 + n))
    expect(await inbox('received')).toEqual([])
  })

  it('of one object are applied in the order in which they came', async () => {
    await together([2, 3, 4, 5].map((quantity) => change(told[0], quantity)))
    expect((await quantities())[0]).toBe(5)
    expect(await inbox('received')).toEqual([])
  })

  it('twice are stored, applied and told once', async () => {
    const events = told.slice(0, 3).map((one) => ({ ...change(one, 20), id: `sbx_evt_twice_${one.id}` }))
    const facts = () =>
      selectRows<{ fact: string }>(
        shop.billing,
        `select type || ' ' || object_id as fact from billhook.billing_events order by position`,
      )
    const before = (await facts()).length
    await together([...events, ...events])
    await together(events)
    const stored = await selectRows(
      shop.billing,
      `select id from billhook.webhook_events where dedupe_key like 'sbx_evt_twice_%'`,
    )
    expect(stored).toHaveLength(3)
    const news = (await facts()).slice(before).map(({ fact }) => fact)
    expect(news.length).toBeGreaterThan(0)
    expect(new Set(news).size).toBe(news.length)
  })

  it('hinder none of the others when one of them cannot be written or understood', async () => {
    const [a, b, c] = told
    const foreign = { ...change(a, 30) }
    // An item of somebody else's, which the unique key of external ids refuses.
    if (foreign.data.object === 'subscription') foreign.data.customer = b?.customer ?? ''
    const poison = { ...change(b, 30), data: { ...b, object: 'invoice' } as never }
    await together([foreign, poison, change(c, 30)])
    expect((await quantities()).slice(0, 3)).toEqual([20, 20, 30])
    expect(await inbox('received')).toHaveLength(2)
    await shop.billing.runJobs()
    expect((await quantities()).slice(0, 3)).toEqual([20, 20, 30])
  })

  it('behind one that waits in the same line wait as well', async () => {
    await together([change(told[1], 40), change(told[2], 40)])
    expect((await quantities()).slice(1, 3)).toEqual([20, 40])
    expect(await inbox('received')).toHaveLength(1)
  })
})

// The embedded database has one connection: nobody else can hold a lock.
describe.skipIf(inject('testServer').kind === 'pglite')('a delivery for an organization that somebody is at', () => {
  it('is answered at once and applied afterwards, and the others do not wait', async () => {
    const [row] = await selectRows<{ organization_id: string }>(
      shop.billing,
      `select organization_id from billhook.bindings where external_subscription_id = '${told[4]?.id}'`,
    )
    const held = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const holding = inOrganization(shop.ctx.db, row?.organization_id ?? '', async (scope) => {
      await lockOrganization(scope)
      held.resolve()
      await release.promise
    })
    await held.promise
    try {
      await together([change(told[4], 50), change(told[5], 50)])
      expect((await quantities()).slice(4, 6)).toEqual([14, 50])
    } finally {
      release.resolve()
      await holding
    }
    await shop.billing.runJobs()
    expect((await quantities()).slice(4, 6)).toEqual([50, 50])
  })
})
