import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPostgres } from '../../billhook/src/testing/postgres/index.ts'
import { expectNothingLostOrRepeated } from './killed-expectations.ts'
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

/** What a client hears while nobody knows how its request ended. */
const openCodes = ['idempotency_key_in_use', 'outcome_unknown']

/** As a client that is told nothing: the same request under the same key until it hears how it ended; once more under another one where it failed. */
async function insist(
  shop: KilledShop,
  path: string,
  body: object,
  organization: string,
): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt++) {
    const idempotencyKey = `${organization}:${path}:${attempt}`
    for (;;) {
      const { status, json } = await shop.ask('POST', path, body, { organization, idempotencyKey })
      if (status === 200 || status === 201) return json
      const isOpen = [0, 202].includes(status) || openCodes.includes(String(json.code))
      if (!isOpen && json.code !== 'provider_unavailable')
        throw new Error(`${path} was answered ${status} ${JSON.stringify(json)}`)
      if (!isOpen) break
      await sleep(100)
    }
  }
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

describeWithPostgres(`Two processes that are killed again and again (seed ${seed})`, () => {
  const organizations = ['acme', 'beta', 'core', 'dune', 'echo', 'foxy', 'gaia', 'hero']
  const rounds = 8
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
    for (let round = 1; round <= rounds; round++) {
      const sending = shop.sendEvents(draw(1_000))
      const moment = moments[draw(moments.length)] ?? 'event sent'
      await Promise.race([killAt(shop, { moment, nth: 1 + draw(20), member: draw(2) }), sending])
      // Somebody is at work in Stripe's dashboard meanwhile.
      shop.setClock()
      for (const subscription of shop.stripe.state.subscriptions.keys())
        await shop.changeQuantity(subscription, 1 + draw(9))
      // Now and then the other one dies as well, and it takes a while until somebody looks.
      if (draw(2) === 0) await killAllForAWhile(shop)
      await shop.fleet.revive()
      await sending
    }
    await shop.sendEvents(0)
    await settle(shop)
    process.stdout.write(`seed ${seed}: ${await expectNothingLostOrRepeated(shop, organizations)}\n`)
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
    process.stdout.write(`seed ${seed}: ${await expectNothingLostOrRepeated(shop, organizations)}\n`)
  })
})
