import { beforeAll, describe, expect, it } from 'vitest'
import { cards, openStripeShop, type StripeShop, shopFor } from './support/stripe-shop.ts'

describe('A subscription at Stripe', () => {
  it('cancelled at the end of its period keeps access until then, and is taken back by reactivating', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const canceled = await shop.manage('cancel', { at_period_end: true })
    expect(canceled).toMatchObject({ status: 200, json: { outcome: 'applied' } })
    expect(canceled.json.subscription).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
      cancel_at: '2026-04-01T00:00:00.000Z',
      access: { allowed: true, until: '2026-04-01T00:00:00.000Z' },
    })
    await shop.deliver()
    expect((await shop.manage('cancel')).status).toBe(200)
    expect((await shop.manage('reactivate')).json.subscription).toMatchObject({ cancel_at: null, status: 'active' })
    await shop.deliver()
    expect(await shop.toldTypes('subscription.cancel')).toEqual([
      'subscription.cancel_scheduled',
      'subscription.cancel_unscheduled',
    ])
    expect(await shop.current()).toMatchObject({ cancel_at_period_end: false, access: { allowed: true, until: null } })
    expect(shop.emulator.state.subscriptions.get('sub_emu_000001')).toMatchObject({ cancel_at_period_end: false })
  })

  it('ends when the period that was paid is over', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    await shop.manage('cancel', { at_period_end: true })
    shop.advance('P1M1D')
    // What was agreed holds even before Stripe says it.
    expect((await shop.current()).access).toMatchObject({ allowed: false, reason: 'ended' })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({
      status: 'canceled',
      ended_at: '2026-04-01T00:00:00.000Z',
      cancel_at_period_end: false,
      access: { allowed: false, reason: 'ended' },
    })
    expect(await shop.toldTypes('subscription.canceled')).toHaveLength(1)
    expect(await shop.billing.checkFeatureAccess({ organizationId: shop.organization, feature: 'pro' })).toBe(false)
  })

  it('cancelled now ends now, paid time with it, and can be bought again', async () => {
    const shop = await shopFor()
    const first = await shop.subscribe()
    const { json } = await shop.manage('cancel', { at_period_end: false })
    expect(json.subscription).toMatchObject({ status: 'canceled', access: { allowed: false, reason: 'ended' } })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
    expect(await shop.toldTypes('subscription.canceled')).toHaveLength(1)
    const second = await shop.subscribe()
    expect(second).toMatchObject({ status: 'active', access: { allowed: true } })
    expect(second.id).not.toBe(first.id)
    expect(shop.emulator.state.customers.size).toBe(1)
  })

  it('moves to another plan at once, is told once, and pays the difference', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.advance('P10D')
    const { json } = await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'immediate' })
    expect(json).toMatchObject({ outcome: 'applied', subscription: { plan_key: 'business', status: 'active' } })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ price_key: 'business-monthly', pending_change: null })
    expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
    const [update] = await shop.invoices()
    expect(update).toMatchObject({ billing_reason: 'subscription_update', status: 'paid' })
    expect(update?.lines.map(({ amount }) => Math.sign(amount)).sort()).toEqual([-1, 1])
    const { organization: organizationId } = shop
    expect(await shop.billing.checkFeatureAccess({ organizationId, feature: 'business' })).toBe(true)
    expect(await shop.billing.checkFeatureAccess({ organizationId, feature: 'pro' })).toBe(false)
    expect(await shop.billing.checkLimit({ organizationId, feature: 'seats', wanted: 99 })).toMatchObject({ limit: 99 })
  })

  it('keeps its plan while the change waits for its money, and moves when that is there', async () => {
    const shop = await shopFor()
    await shop.subscribe(cards.failsLater)
    shop.advance('P10D')
    const { json } = await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'immediate' })
    expect(json).toMatchObject({ outcome: 'pending_payment', subscription: { plan_key: 'pro' } })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ plan_key: 'pro', pending_change: { outcome: 'pending_payment' } })
    const open = [...shop.emulator.state.invoices.values()].find(({ status }) => status === 'open')
    shop.emulator.payInvoice(open?.id ?? '', { card: cards.pays })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ plan_key: 'business', pending_change: null })
    expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
  })

  it('changes its quantity', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    expect((await shop.manage('change_quantity', { quantity: 4 })).json.subscription).toMatchObject({ quantity: 4 })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ quantity: 4, items: [{ quantity: 4 }] })
  })

  it('renews: the period moves, the invoice of the cycle is paid', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.advance('P1M')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({
      status: 'active',
      current_period_start: '2026-04-01T00:00:00.000Z',
      paid_through_at: '2026-05-01T00:00:00.000Z',
    })
    expect(await shop.invoices()).toMatchObject([{ billing_reason: 'subscription_cycle', status: 'paid' }, {}])
    expect(await shop.toldTypes('subscription.renewed')).toHaveLength(1)
  })

  it('tries first where the price has a trial, announces its end, and is paid for afterwards', async () => {
    const shop = await shopFor({ trialDays: 14 })
    await shop.subscribe()
    expect(await shop.current()).toMatchObject({
      status: 'trialing',
      trial_end: '2026-03-15T00:00:00.000Z',
      access: { allowed: true, reason: 'trialing' },
    })
    shop.advance('P12D')
    await shop.deliver()
    expect(await shop.toldTypes('subscription.trial_ending')).toHaveLength(1)
    shop.advance('P3D')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active', paid_through_at: '2026-04-15T00:00:00.000Z' })
    expect((await shop.invoices()).map(({ amount_paid }) => amount_paid)).toEqual([4900, 0])
    await shop.manage('cancel', { at_period_end: false })
    await shop.deliver()
    const again = await shop.subscribe()
    expect(again).toMatchObject({ status: 'active', trial_end: null })
  })

  it('is past due when a renewal fails, keeps grace, and recovers when the bill is paid', async () => {
    const shop = await shopFor()
    await shop.subscribe(cards.failsLater)
    shop.advance('P1M1D')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'past_due', access: { allowed: true, reason: 'grace' } })
    expect(await shop.invoices()).toMatchObject([{ status: 'open', amount_remaining: 4900 }, {}])
    expect(await shop.toldTypes('invoice.payment_failed')).not.toHaveLength(0)
    shop.emulator.replaceCard('cus_emu_000001', cards.pays)
    shop.advance('P3D')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({
      status: 'active',
      paid_through_at: '2026-05-01T00:00:00.000Z',
      access: { allowed: true, reason: 'active' },
    })
    expect(await shop.toldTypes('subscription.past_due')).toHaveLength(1)
    expect(await shop.toldTypes('subscription.recovered')).toHaveLength(1)
    expect(await shop.invoices()).toMatchObject([{ status: 'paid', amount_remaining: 0 }, {}])
  })

  it('loses access when grace is over, and ends when Stripe gives up', async () => {
    const shop = await shopFor({ account: { afterLastRetry: 'canceled' } })
    await shop.subscribe(cards.failsLater)
    shop.advance('P1M1D')
    await shop.deliver()
    shop.advance('P8D')
    expect((await shop.current()).access).toMatchObject({ allowed: false, reason: 'unpaid' })
    shop.advance('P8D')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
  })

  it('is incomplete while its first payment waits for the bank, and active when that is there', async () => {
    const shop = await shopFor()
    const { externalSubscriptionId } = await shop.pay(cards.asksOnce)
    await shop.deliver()
    const [waiting] = (await shop.call<{ data: object[] }>('GET', '/subscriptions/')).json.data
    expect(waiting).toMatchObject({ status: 'incomplete', access: { allowed: false, reason: 'incomplete' } })
    expect(await shop.toldTypes('invoice.payment_action_required')).toHaveLength(1)
    shop.advance('PT5M')
    shop.emulator.confirm(externalSubscriptionId)
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    expect(await shop.toldTypes('subscription.')).toEqual(['subscription.created', 'subscription.activated'])
    expect(await shop.toldTypes('checkout.')).toEqual(['checkout.completed'])
  })
})

/** Bought, failed at renewal, paid late, renewed three times; `deliver` says when the events of each stretch are sent. */
async function liveForMonths(shop: StripeShop, deliver: () => Promise<unknown>): Promise<void> {
  await shop.pay(cards.failsLater)
  await deliver()
  shop.advance('P1M2D')
  await deliver()
  shop.emulator.replaceCard('cus_emu_000001', cards.pays)
  shop.advance('P3M')
  await deliver()
}

describe('Months of events', () => {
  let inOrder: unknown
  beforeAll(async () => {
    const calm = await openStripeShop()
    await liveForMonths(calm, () => calm.deliver())
    inOrder = await calm.portrait()
    await calm.close()
  })

  it.each([1, 2, 3])('kept back and then sent shuffled (seed %i) end as they do in their order', async (seed) => {
    const wild = await shopFor()
    await liveForMonths(wild, async () => undefined)
    await wild.deliver({ order: 'shuffled', seed, duplicate: 1 })
    expect(await wild.portrait()).toEqual(inOrder)
    const newestFirst = [5, 4, 3, 2, 1].map((number) => `in_emu_00000${number}`)
    expect((await wild.invoices()).map((invoice) => invoice.external_invoice_id)).toEqual(newestFirst)
    const { data, nextCursor } = await wild.billing.listInvoices({ organizationId: wild.organization, limit: 3 })
    const rest = await wild.billing.listInvoices({ organizationId: wild.organization, cursor: nextCursor })
    expect([...data, ...rest.data].map((invoice) => invoice.externalInvoiceId)).toEqual(newestFirst)
    expect(await wild.alerts()).toEqual([])
  })
})
