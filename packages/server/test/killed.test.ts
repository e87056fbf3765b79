import { setTimeout as sleep } from 'node:timers/promises'
import Stripe from 'stripe'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPostgres } from '../../billhook/src/testing/postgres/index.ts'
import { type KilledShop, type Moment, openKilledShop } from './killed-shop.ts'

/** Where the kills fall; another one is tried with KILL_SEED. */
const seed = Number(process.env.KILL_SEED ?? 1)

/** Whole numbers below `limit`, the same ones for the same seed. */
function makeDraw(from: number): (limit: number) => number {
  let state = from
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

/** Lets the kill fall at the n-th such moment from now on. */
function killAt(
  shop: KilledShop,
  { moment, nth, member }: { moment: Moment; nth: number; member: number },
): Promise<void> {
  let left = nth
  return new Promise((resolve) => {
    shop.onMoment = (seen) => {
      if (seen !== moment || --left !== 0) return false
      shop.fleet.kill(member)
      resolve()
      return false
    }
  })
}

async function addOrganization(shop: KilledShop, organization: string): Promise<void> {
  const place = { country: 'US', currency: 'USD', timezone: 'UTC' }
  const body = { external_id: organization, name: organization, email: `${organization}@a.test`, ...place }
  const { status } = await shop.ask('POST', '/organizations/', body)
  if (status !== 201) throw new Error(`${organization} was answered ${status}`)
}

const order = { price_id: 'pro-monthly', success_url: 'https://app.test/ok', cancel_url: 'https://app.test/no' }
const checkout = '/subscriptions/create-checkout-session/'

/** As a client that is told nothing: the same request under the same key until it hears how it ended; once more under another one where it failed. */
async function insist(
  shop: KilledShop,
  path: string,
  body: object,
  organization: string,
): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt++) {
    const idempotencyKey = `${organization}-${JSON.stringify(body).length}-${attempt}`
    for (;;) {
      const { status, json } = await shop.ask('POST', path, body, { organization, idempotencyKey })
      if (status === 200 || status === 201) return json
      const isOpen =
        [0, 202].includes(status) ||
        [
          'idempotency_key_in_use',
          'change_in_progress',
          'outcome_unknown',
          'checkout_in_progress',
          'database_unavailable',
        ].includes(String(json.code))
      if (!isOpen && json.code !== 'provider_unavailable')
        throw new Error(`${path} was answered ${status} ${JSON.stringify(json)}`)
      if (!isOpen) break
      await sleep(100)
    }
  }
}

/** Each organization as Stripe has it and as it is kept, in the same words. */
async function compare(shop: KilledShop, organizations: string[]) {
  const { state } = shop.stripe
  const invoiceOf = (id: string, invoice: { status: unknown; total: unknown; amount_paid: unknown }) =>
    [id, invoice.status, invoice.total, invoice.amount_paid].join(' ')
  return Promise.all(
    organizations.map(async (organization) => {
      const { json: kept } = await shop.ask('GET', '/subscriptions/current/', undefined, { organization })
      const { json: bills } = await shop.ask('GET', '/invoices/?limit=100', undefined, { organization })
      const subscriptions = [...state.subscriptions.values()].filter(
        ({ customer }) => customer === kept.external_customer_id,
      )
      const invoices = [...state.invoices.values()].filter(({ customer }) => customer === kept.external_customer_id)
      const data = bills.data as Array<{
        external_invoice_id: string
        status: string
        total: number
        amount_paid: number
      }>
      return {
        kept: [
          [
            kept.external_subscription_id,
            kept.status,
            kept.quantity,
            kept.cancel_at_period_end,
            kept.current_period_end,
          ],
          ...data.map((invoice) => invoiceOf(invoice.external_invoice_id, invoice)).toSorted(),
        ],
        atStripe: [
          ...subscriptions.map(({ id, status, cancel_at_period_end, items }) => {
            const [item] = items.data
            const end = new Date((item?.current_period_end ?? 0) * 1000).toISOString()
            return [id, status, item?.quantity, cancel_at_period_end, end]
          }),
          ...invoices.map((invoice) => invoiceOf(invoice.id, invoice)).toSorted(),
        ],
      }
    }),
  )
}

async function killAllForAWhile(shop: KilledShop): Promise<void> {
  shop.onMoment = () => false
  await shop.fleet.killAll()
  await shop.pass()
}

/** Everybody is dead for a while, comes back, and nothing is left to do. */
async function settle(shop: KilledShop): Promise<void> {
  await killAllForAWhile(shop)
  await shop.fleet.revive()
  const waiting = `select (select count(*) from billhook.webhook_events where status in ('received', 'failed'))
    + (select count(*) from billhook.deliveries where status = 'pending')
    + (select count(*) from billhook.operations where status in ('pending', 'unknown')) as n`
  await expect.poll(async () => (await shop.database.query(waiting)).rows, { timeout: 60_000 }).toEqual([{ n: '0' }])
}

const rowsOf = async <Row>(shop: KilledShop, text: string): Promise<Row[]> => (await shop.database.query(text)).rows

interface Fact {
  id: string
  type: string
  object_id: string
  sequence: number
  data: string
}

/** These can be true of one object again, and then they say something else. */
const repeatable = ['subscription.updated', 'entitlements.changed']

function expectToldOnce(object: string, told: Fact[]): void {
  expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, n) => n + 1))
  const said = told.map(({ type, data }) => (repeatable.includes(type) ? `${type} ${data}` : type))
  expect(said, object).toEqual(
    said.filter(
      (fact, n) =>
        fact !== said[n - 1] && (repeatable.some((type) => fact.startsWith(type)) || said.indexOf(fact) === n),
    ),
  )
}

/** What must hold whatever died when. */
async function expectNothingLostOrRepeated(shop: KilledShop, organizations: string[]): Promise<void> {
  const inbox = await rowsOf<{ dedupe_key: string; status: string }>(
    shop,
    'select dedupe_key, status from billhook.webhook_events',
  )
  const kept = new Map(inbox.map(({ dedupe_key, status }) => [dedupe_key, status]))
  expect(shop.acknowledged.size).toBe(shop.stripe.events.length)
  expect([...shop.acknowledged].filter((id) => !['processed', 'ignored'].includes(kept.get(id) ?? 'lost'))).toEqual([])
  for (const { kept, atStripe } of await compare(shop, organizations)) expect(kept).toEqual(atStripe)

  const facts = await rowsOf<Fact>(
    shop,
    'select id, type, object_id, sequence, data::text from billhook.billing_events order by sequence',
  )
  for (const [object, told] of Map.groupBy(facts, ({ object_id }) => object_id)) expectToldOnce(object, told)
  const paid = [...shop.stripe.state.invoices.values()].filter(({ status }) => status === 'paid')
  expect(facts.filter(({ type }) => type === 'invoice.paid')).toHaveLength(paid.length)
  expect(facts.filter(({ type }) => type === 'subscription.activated')).toHaveLength(organizations.length)
  await expectToldAtLeastOnce(
    shop,
    facts.map(({ id }) => id),
  )
}

/** A repeat is one that somebody died over, and says the same under the same id. */
async function expectToldAtLeastOnce(shop: KilledShop, facts: string[]): Promise<void> {
  const told = Map.groupBy(shop.receiver.at('/told'), ({ headers }) => headers.get('webhook-id'))
  expect([...told.keys()].toSorted()).toEqual(facts.toSorted())
  for (const [id, copies] of told) expect(new Set(copies.map(({ body }) => body)).size, `${id}`).toBe(1)
  const repeats = shop.receiver.at('/told').length - told.size
  const [died] = await rowsOf<{ n: number }>(
    shop,
    'select count(*)::int as n from billhook.delivery_attempts where finished_at is null',
  )
  expect(repeats).toBeLessThanOrEqual(died?.n ?? 0)
  // One request after another to one endpoint, but up to four at a time of each process.
  expect(died?.n).toBeLessThanOrEqual(4 * shop.fleet.kills)
  process.stdout.write(
    `seed ${seed}: ${shop.fleet.kills} kills, ${shop.acknowledged.size} events, ${facts.length} facts, ${repeats} told again\n`,
  )
}

describeWithPostgres(`Two processes that are killed again and again (seed ${seed})`, () => {
  const organizations = ['acme', 'beta', 'core', 'dune', 'echo', 'foxy', 'gaia', 'hero']
  const rounds = 12
  const moments = ['event sent', 'event acknowledged', 'webhook arrived', 'read at Stripe'] as const
  let shop: KilledShop
  beforeAll(async () => {
    shop = await openKilledShop(2)
    for (const organization of organizations) {
      await addOrganization(shop, organization)
      const { external_session_id } = await insist(shop, checkout, order, organization)
      shop.stripe.pay(String(external_session_id), { card: '4242424242424242' })
    }
  }, 240_000)
  afterAll(() => shop?.close())

  it('lose nothing that they acknowledged, and do nothing twice inside', async () => {
    const draw = makeDraw(seed)
    const target = { host: '127.0.0.1', port: shop.stripe.port, protocol: 'http' as const }
    const stripe = new Stripe(shop.stripe.apiKey, { ...target, maxNetworkRetries: 0, telemetry: false })
    for (let round = 1; round <= rounds; round++) {
      const sending = shop.sendEvents(draw(1_000))
      const moment = moments[draw(moments.length)] ?? 'event sent'
      await Promise.race([killAt(shop, { moment, nth: 1 + draw(20), member: draw(2) }), sending])
      // Somebody is at work in Stripe's dashboard meanwhile.
      shop.setClock()
      for (const { id, items } of shop.stripe.state.subscriptions.values()) {
        const item = { id: items.data[0]?.id ?? '', quantity: 1 + draw(9) }
        await stripe.subscriptions.update(id, { items: [item], proration_behavior: 'always_invoice' })
      }
      // Now and then the other one dies as well, and it takes a while until somebody looks.
      if (draw(2) === 0) await killAllForAWhile(shop)
      await shop.fleet.revive()
      await sending
    }
    await shop.sendEvents(0)
    await settle(shop)
    await expectNothingLostOrRepeated(shop, organizations)
  })
})

/** Where in a call to Stripe the caller dies: Stripe has done nothing yet, has done it and cannot say so, or has just said so. */
const deaths = ['before', 'during', 'after'] as const

function killAtWrite(
  shop: KilledShop,
  { nth, death, afterMs }: { nth: number; death: (typeof deaths)[number]; afterMs: number },
): Promise<void> {
  let left = nth
  return new Promise((resolve) => {
    const kill = (): void => {
      shop.fleet.kill(0)
      resolve()
    }
    shop.onMoment = (seen) => {
      if (seen !== 'write at Stripe' || --left !== 0) return false
      if (death === 'after') setTimeout(kill, afterMs)
      else kill()
      return death === 'before'
    }
  })
}

describeWithPostgres(`A process that is killed while it calls the provider (seed ${seed})`, () => {
  let shop: KilledShop
  beforeAll(async () => {
    shop = await openKilledShop(1)
  }, 240_000)
  afterAll(() => shop?.close())

  it('finds out afterwards what became of the call: one customer, one page, one charge', async () => {
    const draw = makeDraw(seed)
    const organizations = deaths.flatMap((death) => [`${death}-one`, `${death}-two`])
    for (const [n, organization] of organizations.entries()) {
      await addOrganization(shop, organization)
      const death = deaths[Math.floor(n / 2)] ?? 'during'
      const insistWhileDying = async (path: string, body: object, nth: number) => {
        const answer = insist(shop, path, body, organization)
        await killAtWrite(shop, { nth, death, afterMs: draw(12) })
        await killAllForAWhile(shop)
        await shop.fleet.revive()
        return answer
      }
      // A first checkout writes twice: the customer and the page.
      const { external_session_id } = await insistWhileDying(checkout, order, 1 + (n % 2))
      shop.setClock()
      shop.stripe.pay(String(external_session_id), { card: '4242424242424242' })
      await shop.sendEvents(n)
      await expect
        .poll(async () => (await shop.ask('GET', '/subscriptions/current/', undefined, { organization })).status)
        .toBe(200)
      const { json } = await shop.ask('GET', '/subscriptions/current/', undefined, { organization })
      const change = { action: 'change_quantity', quantity: 3, proration: 'immediate' }
      await insistWhileDying(`/subscriptions/${json.id}/manage-subscription/`, change, 1)
      await shop.sendEvents(n)
    }
    await settle(shop)
    const { customers, sessions, subscriptions, invoices } = shop.stripe.state
    const once = organizations.length
    expect([customers.size, sessions.size, subscriptions.size, invoices.size]).toEqual([once, once, once, 2 * once])
    expect([...subscriptions.values()].map(({ items }) => items.data[0]?.quantity)).toEqual(organizations.map(() => 3))
    await expectNothingLostOrRepeated(shop, organizations)
  })
})
