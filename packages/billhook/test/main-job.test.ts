import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BillingEvent } from '../src/outbox/index.ts'
import { cards, openShop, type Shop } from './support/sandbox-shop.ts'

describe('the main job, from a declined card to a second subscription', () => {
  const heard: BillingEvent[] = []
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop({ listeners: { host: (event) => void heard.push(event) } })
  })
  afterAll(() => shop.close())

  /** What was told since the last look, in order. */
  let seen = 0
  const news = () => {
    const fresh = heard.slice(seen).map(({ type }) => type)
    seen = heard.length
    return fresh
  }
  const inOrganization = () => ({ organizationId: shop.organizationId })

  it('makes nothing of a card that is declined', async () => {
    const session = await shop.checkout()
    expect((await shop.pay(session.url, cards.declines)).status).not.toBe(303)
    await shop.settle()
    await expect(shop.current()).rejects.toMatchObject({ code: 'no_subscription', status: 404 })
    expect((await shop.checkout()).id).toBe(session.id)
    expect(await shop.billing.checkFeatureAccess({ ...inOrganization(), feature: 'seats' })).toBe(false)
    expect(news()).toEqual(['customer.created'])
  })

  it('is active with a paid invoice once a card pays', async () => {
    const session = await shop.checkout()
    expect((await shop.pay(session.url)).status).toBe(303)
    await shop.settle()
    expect(await shop.current()).toMatchObject({
      status: 'active',
      planKey: 'starter',
      cancelAtPeriodEnd: false,
      currentPeriodEnd: new Date('2026-02-28T10:00:00Z'),
      paidThroughAt: new Date('2026-02-28T10:00:00Z'),
      access: { allowed: true, reason: 'active' },
    })
    const { data } = await shop.billing.listInvoices(inOrganization())
    expect(data).toMatchObject([{ status: 'paid', total: 1000, amountPaid: 1000, lines: [{ amount: 1000 }] }])
    expect(news().sort()).toEqual([
      'checkout.completed',
      'entitlements.changed',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'subscription.activated',
      'subscription.created',
    ])
  })

  it('shows everything in one overview', async () => {
    expect(await shop.billing.getOverview(inOrganization())).toMatchObject({
      organization: { id: shop.organizationId },
      subscription: { status: 'active' },
      plan: { key: 'starter' },
      invoices: [{ status: 'paid' }],
      actions: ['change_plan', 'change_quantity', 'cancel', 'pause', 'update_payment_method'],
    })
    await expect(shop.checkout()).rejects.toMatchObject({ code: 'subscription_exists', status: 409 })
  })

  it('takes back a scheduled end', async () => {
    const { id: subscriptionId } = await shop.current()
    const change = { ...inOrganization(), subscriptionId }
    for (let times = 0; times < 2; times++) {
      const canceled = await shop.billing.cancelSubscription({ ...change, atPeriodEnd: true })
      expect(canceled).toMatchObject({
        outcome: 'applied',
        subscription: { status: 'active', cancelAtPeriodEnd: true },
      })
    }
    await shop.settle()
    for (let times = 0; times < 2; times++) {
      const kept = await shop.billing.reactivateSubscription(change)
      expect(kept).toMatchObject({ outcome: 'applied', subscription: { cancelAtPeriodEnd: false, cancelAt: null } })
    }
    await shop.settle()
    expect(news()).toEqual(['subscription.cancel_scheduled', 'subscription.cancel_unscheduled'])
  })

  it('moves to another plan, and entitlements with it', async () => {
    const { id: subscriptionId } = await shop.current()
    const limit = { ...inOrganization(), feature: 'seats', wanted: 10 }
    expect(await shop.billing.checkLimit(limit)).toEqual({ allowed: false, limit: 3 })
    const changed = await shop.billing.updateSubscriptionPlan({
      ...inOrganization(),
      subscriptionId,
      priceId: 'team-monthly',
      proration: 'immediate',
    })
    expect(changed).toMatchObject({ outcome: 'applied', subscription: { planKey: 'team' } })
    await shop.settle()
    expect(await shop.billing.checkLimit(limit)).toEqual({ allowed: true, limit: 10 })
    expect(news().filter((type) => !type.startsWith('invoice.'))).toEqual([
      'subscription.plan_changed',
      'entitlements.changed',
    ])
  })

  it('renews, and paid time moves forward', async () => {
    await shop.advance('P1M')
    expect(await shop.current()).toMatchObject({
      status: 'active',
      currentPeriodStart: new Date('2026-02-28T10:00:00Z'),
      paidThroughAt: new Date('2026-03-31T10:00:00Z'),
    })
    expect(news().sort()).toEqual(['invoice.created', 'invoice.finalized', 'invoice.paid', 'subscription.renewed'])
  })

  it('ends at once when it is told to, and access with it', async () => {
    const { id: subscriptionId } = await shop.current()
    const ended = await shop.billing.cancelSubscription({ ...inOrganization(), subscriptionId, atPeriodEnd: false })
    expect(ended).toMatchObject({
      outcome: 'applied',
      subscription: { status: 'canceled', access: { allowed: false } },
    })
    await shop.settle()
    expect(await shop.billing.checkFeatureAccess({ ...inOrganization(), feature: 'export' })).toBe(false)
    expect((await shop.billing.getOverview(inOrganization())).actions).toEqual(['subscribe'])
    expect(news()).toEqual(['subscription.canceled', 'entitlements.changed'])
  })

  it('can subscribe again, and a renewal that fails leaves days of grace', async () => {
    const first = await shop.current()
    const second = await shop.subscribe({ card: cards.failsLater })
    expect(second.id).not.toBe(first.id)
    expect(second).toMatchObject({ status: 'active', planKey: 'starter' })
    news()
    await shop.advance('P1M')
    const owing = await shop.current()
    expect(owing).toMatchObject({ status: 'past_due', access: { allowed: true, reason: 'grace' } })
    expect(news()).toEqual(expect.arrayContaining(['subscription.past_due', 'invoice.payment_failed']))
    await expect(shop.checkout()).rejects.toMatchObject({
      code: 'subscription_exists',
      facts: { subscription_status: 'past_due', next_url: expect.stringContaining('/sandbox/') },
    })
    // Retries do not extend it: the first failure counts.
    await shop.advance('P6D')
    expect((await shop.current()).access).toEqual(owing.access)
    await shop.advance('P2D')
    expect(await shop.current()).toMatchObject({ status: 'unpaid', access: { allowed: false, reason: 'unpaid' } })
    expect(news().filter((type) => type === 'subscription.past_due')).toEqual([])
  })

  it('has told the story of the first subscription in order, with nothing left out', async () => {
    const [first] = await shop.events({ type: 'subscription.canceled' })
    const story = await shop.events({ objectId: first?.objectId ?? '' })
    expect(story.map(({ sequence, type }) => `${sequence} ${type}`)).toEqual([
      '1 subscription.created',
      '2 subscription.activated',
      '3 entitlements.changed',
      '4 subscription.cancel_scheduled',
      '5 subscription.cancel_unscheduled',
      '6 subscription.plan_changed',
      '7 entitlements.changed',
      '8 subscription.renewed',
      '9 subscription.canceled',
      '10 entitlements.changed',
    ])
  })

  it('has told every fact once, each object’s in sequence 1, 2, 3', async () => {
    const told = await shop.events()
    expect(heard.map(({ id }) => id)).toEqual(told.map(({ id }) => id))
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length)
    for (const [, events = []] of Map.groupBy(told, ({ objectId }) => objectId)) {
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    }
  })
})
