import { describe, expect, it } from 'vitest'
import { signPayload } from '../src/testing/stripe-emulator/index.ts'
import { cards, type StripeShop, secret, shopFor } from './support/stripe-shop.ts'

let serial = 0
const eventOf = (type: string, object: object, more: object = {}) => {
  serial += 1
  const id = `evt_door_${serial}`
  return {
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_772_323_200,
    livemode: false,
    type,
    data: { object },
    ...more,
  }
}

async function send(shop: StripeShop, event: object, key = secret) {
  const body = JSON.stringify(event)
  const at = Math.floor(shop.billing.clock.now().getTime() / 1000)
  const answer = await shop.post(body, { 'stripe-signature': signPayload(body, key, at) })
  await shop.billing.runJobs()
  return answer.status
}

describe('The webhook door', () => {
  it('keeps a live event at a test account out of the books: acknowledged, ignored, alerted', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const told = await shop.told()
    const gone = shop.emulator.state.subscriptions.get('sub_emu_000001')
    const event = eventOf(
      'customer.subscription.deleted',
      { ...gone, status: 'canceled', livemode: true },
      { livemode: true },
    )
    expect(await send(shop, event)).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({ status: 'ignored', reason: 'a live event at a test endpoint' })
    expect(await shop.alerts()).toMatchObject([{ kind: 'wrong_mode', subject: 'stripe' }])
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect(await shop.told()).toEqual(told)
  })

  it('takes either secret while they are rotated, and none that is not there any more', async () => {
    const shop = await shopFor({ stripe: { webhookSecrets: ['whsec_new', 'whsec_old'] } })
    await shop.pay()
    expect(await shop.deliver({ secret: 'whsec_old', drop: ({ type }) => !type.startsWith('customer') })).not.toContain(
      400,
    )
    expect(await send(shop, eventOf('customer.created', { id: 'cus_x', object: 'customer' }), 'whsec_new')).toBe(200)
    const known = (await shop.inbox()).length
    expect(await send(shop, eventOf('customer.created', { id: 'cus_y', object: 'customer' }), 'whsec_gone')).toBe(400)
    expect(await shop.inbox()).toHaveLength(known)
  })

  it('ignores, with the reason, what belongs to nobody here', async () => {
    const [shop, stranger] = [await shopFor(), await shopFor()]
    await stranger.pay()
    // Another system on the same account: its objects carry none of our references.
    for (const { metadata } of stranger.emulator.state.subscriptions.values())
      for (const key of Object.keys(metadata)) delete metadata[key]
    const theirs = structuredClone([...stranger.emulator.state.subscriptions.values()][0])
    expect(await send(shop, eventOf('customer.subscription.updated', { ...theirs, customer: 'cus_theirs' }))).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({ status: 'ignored', reason: expect.stringContaining('not ours') })
    expect(await shop.told()).toEqual([])
  })

  it('waits for a payment that only a dispute tells of, ignores it in the end, and needs nobody for that', async () => {
    const [shop, stranger] = [await shopFor({ settings: { webhookAttempts: 3 } }), await shopFor()]
    await stranger.subscribe()
    const [payment] = stranger.emulator.state.paymentIntents.keys()
    stranger.emulator.openDispute(payment ?? '')
    const [dispute] = stranger.emulator.state.disputes.values()
    expect(await send(shop, eventOf('charge.dispute.created', { ...dispute, payment_intent: 'pi_theirs' }))).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('payment_unknown'),
    })
    for (let attempt = 0; attempt < 3; attempt++) await shop.wait(3_600)
    expect((await shop.inbox())[0]).toMatchObject({ status: 'ignored', reason: expect.stringContaining('not ours') })
    expect(await shop.alerts()).toEqual([])
  })

  it('keeps an event of an unknown type, and says that nothing is done with it', async () => {
    const shop = await shopFor()
    expect(
      await send(
        shop,
        eventOf('radar.early_fraud_warning.created', { id: 'issfr_1', object: 'radar.early_fraud_warning' }),
      ),
    ).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('unknown type'),
    })
  })

  it('takes, keeps and applies a signed event that holds what Postgres cannot keep, NUL, and its answer is 200', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.advance('PT1H')
    const created = Math.floor(shop.emulator.clock.now().getTime() / 1000)
    const subscription = structuredClone(shop.emulator.state.subscriptions.get('sub_emu_000001'))
    const metadata = { ...subscription?.metadata, note: 'a\0b', 'key\0': '\ud800' }
    const ending = { ...subscription, cancel_at_period_end: true, cancel_at: 1_775_001_600, metadata }
    const id = 'evt_\0'
    expect(await send(shop, eventOf('customer.subscription.updated', ending, { id, created }))).toBe(200)
    expect(await shop.current()).toMatchObject({ cancel_at_period_end: true })
    const customer = shop.emulator.state.customers.get('cus_emu_000001')
    const renamed = { ...customer, name: 'Ac\0me', email: 'a\ud800@example.test' }
    expect(await send(shop, eventOf('customer.updated', renamed, { created }))).toBe(200)
    expect(await shop.rows('select name, email from billhook.customers')).toEqual([
      { name: 'Ac\\u0000me', email: 'a\\ud800@example.test' },
    ])
    const mystery = eventOf('new\0type', { id: 'thing\0', object: 'thing' }, { api_version: '\0' })
    expect(await send(shop, mystery)).toBe(200)
    // What came is there as it came, so that it can be replayed.
    const [stored] = await shop.platformRows(
      `select payload, status from billhook.webhook_events where dedupe_key = 'evt_\\u0000'`,
    )
    expect(stored).toMatchObject({ status: 'processed' })
    expect(JSON.parse(String(stored?.payload))).toMatchObject({ id, data: { object: { metadata } } })
    expect((await shop.inbox()).slice(0, 3).map(({ status }) => status)).toEqual(['ignored', 'processed', 'processed'])
  })

  it('lets an event wait while Stripe must be asked and cannot be reached, and applies it when it is back', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.advance('PT1H')
    const thin = {
      ...{ id: 'evt_thin', object: 'v2.core.event', type: 'v1.customer.subscription.updated', livemode: false },
      created: shop.emulator.clock.now().toISOString(),
      related_object: { id: 'sub_emu_000001', type: 'subscription', url: '/v1/subscriptions/sub_emu_000001' },
    }
    const subscription = shop.emulator.state.subscriptions.get('sub_emu_000001')
    if (subscription) Object.assign(subscription, { cancel_at_period_end: true, cancel_at: 1_775_001_600 })
    shop.emulator.faults.next({ kind: 'status', status: 503, times: 100 })
    expect(await send(shop, thin)).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('provider_unavailable'),
    })
    expect((await shop.current()).cancel_at_period_end).toBe(false)
    await shop.wait(2)
    expect((await shop.inbox())[0]).toMatchObject({ status: 'failed' })
    shop.emulator.faults.clear()
    await shop.wait(60)
    expect((await shop.inbox())[0]).toMatchObject({ status: 'processed' })
    expect((await shop.current()).cancel_at_period_end).toBe(true)
    expect(await shop.toldTypes('subscription.cancel')).toEqual(['subscription.cancel_scheduled'])
  })

  it('lets other customers pass while one waits', async () => {
    const shop = await shopFor()
    await shop.pay()
    const other = await shop.addOrganization('beta')
    const first = shop.organization
    shop.emulator.faults.next({ kind: 'status', status: 503, times: 100, match: (_, path) => path.endsWith('_000001') })
    await shop.deliver()
    shop.organization = other
    await shop.pay()
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active' })
    shop.organization = first
    expect((await shop.inbox()).map(({ status }) => status)).toContain('failed')
    shop.emulator.faults.clear()
    await shop.wait(60)
    await shop.wait(60)
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect((await shop.inbox()).map(({ status }) => status)).not.toContain('failed')
  })

  it('applies nothing to one organization that is signed for the objects of another', async () => {
    const shop = await shopFor()
    const mine = await shop.subscribe()
    const victim = shop.organization
    shop.organization = await shop.addOrganization('beta')
    await shop.pay(cards.pays)
    await shop.deliver()
    const theirs = shop.emulator.state.subscriptions.get('sub_emu_000002')
    const mixed = { ...theirs, customer: 'cus_emu_000001', status: 'canceled', metadata: {} }
    expect(await send(shop, eventOf('customer.subscription.updated', mixed))).toBe(200)
    expect((await shop.inbox())[0]).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('foreign reference'),
    })
    expect(await shop.alerts()).toMatchObject([{ kind: 'foreign_reference' }])
    expect(await shop.current()).toMatchObject({ status: 'active' })
    shop.organization = victim
    expect(await shop.current()).toEqual(mine)
  })
})
