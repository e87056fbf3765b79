import { afterEach, describe, expect, it } from 'vitest'
import { getEntitlement } from '../src/domain/entitlements/index.ts'
import { type SandboxOptions, sandboxProvider } from '../src/providers/sandbox/index.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

interface Answer {
  outcome: string
  approval_url: string
  effective_at: string
  subscription: { plan_key: string; pending_change: { approval_url: string; expires_at: string } | null }
}

const shops: Shop[] = []
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.close()
})

async function subscribed(options: SandboxOptions) {
  const shop = await openShop({ providers: { sandbox: sandboxProvider(options) } })
  shops.push(shop)
  const { id } = await shop.subscribe()
  const post = (path: string, body: object) =>
    shop.billing.call('POST', `/api/v1/subscriptions/${id}/${path}/`, { organization: 'acme', body })
  const { organizationId } = shop
  return {
    shop,
    post,
    manage: async (body: object) => (await post('manage-subscription', body)).json as Answer,
    answer: (url: string, action: 'approve' | 'decline') =>
      shop.billing.handler(new Request(url, { method: 'POST', body: new URLSearchParams({ action }) })),
    seats: async () => (await getEntitlement(shop.ctx, { organizationId, feature: 'seats' })).limit,
    bills: async () => (await shop.billing.listInvoices({ organizationId })).data.map(({ total }) => total),
    told: async () => (await shop.events({ objectId: id })).map(({ type }) => type.replace('subscription.', '')),
  }
}

const toTeam = { action: 'change_plan', price_id: 'team-monthly' }

describe('a change that its buyer must approve', () => {
  const open = () => subscribed({ changes: 'approved' })

  it('is shown with its link and its end, and moves nothing until it is approved', async () => {
    const { shop, manage, answer, seats, bills, told } = await open()
    const offered = await manage(toTeam)
    expect(offered).toMatchObject({
      outcome: 'requires_approval',
      approval_url: expect.stringContaining('/sandbox/offers/'),
      subscription: {
        plan_key: 'starter',
        pending_change: { outcome: 'requires_approval', expires_at: '2026-01-31T13:00:00.000Z' },
      },
    })
    expect(offered.subscription.pending_change?.approval_url).toBe(offered.approval_url)
    await shop.settle()
    expect(await seats()).toBe(3)
    expect(await told()).not.toContain('plan_changed')
    await answer(offered.approval_url, 'approve')
    await shop.settle()
    expect(await shop.current()).toMatchObject({ planKey: 'team', pendingChange: null })
    expect(await seats()).toBe(10)
    expect(await bills()).toEqual([1000])
    await shop.advance('P1M')
    expect(await bills()).toEqual([3000, 1000])
  })

  it('expires by the billing clock, which is told, and can be wished for anew', async () => {
    const { shop, manage, told } = await open()
    await manage(toTeam)
    await shop.advance('PT2H')
    expect(await shop.current()).toMatchObject({ pendingChange: { outcome: 'requires_approval' } })
    const before = (await told()).length
    await shop.advance('PT1H')
    expect(await shop.current()).toMatchObject({ planKey: 'starter', pendingChange: null })
    expect((await told()).slice(before)).toEqual(['updated'])
    expect((await manage(toTeam)).outcome).toBe('requires_approval')
  })

  it('that was approved in the last moment is applied, and not let go', async () => {
    const { shop, manage, answer, told } = await open()
    const { approval_url } = await manage(toTeam)
    await shop.advance('PT2H')
    await answer(approval_url, 'approve')
    // Nothing of it has been heard when its time is over.
    await shop.advance('PT1H')
    expect(await shop.current()).toMatchObject({ planKey: 'team', pendingChange: null })
    expect(await told()).toEqual([
      'created',
      'activated',
      'entitlements.changed',
      'plan_changed',
      'entitlements.changed',
    ])
  })

  /** Offered and approved, and nothing of the approval has been heard. */
  const approvedUnheard = async () => {
    const { make, provider } = troubledSandbox({ changes: 'approved' })
    const shop = await openShop({ providers: { sandbox: make }, capture: true })
    shops.push(shop)
    const deliver = async () => {
      for (const delivery of shop.deliveries.splice(0))
        await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
      await shop.billing.runJobs()
    }
    await shop.pay((await shop.checkout()).url)
    await shop.settle()
    await deliver()
    const { id: subscriptionId } = await shop.current()
    const change = { organizationId: shop.organizationId, subscriptionId, priceId: 'team-monthly' }
    const offered = await shop.billing.updateSubscriptionPlan(change)
    const url = 'approvalUrl' in offered ? offered.approvalUrl : ''
    const body = new URLSearchParams({ action: 'approve' })
    await shop.billing.handler(new Request(url, { method: 'POST', body }))
    expect(await shop.current()).toMatchObject({ planKey: 'starter' })
    return { shop, provider: provider(), deliver }
  }

  it('is looked at once more before it is let go: it may be approved and not heard of', async () => {
    const { shop } = await approvedUnheard()
    await shop.advance('PT3H')
    expect(await shop.current()).toMatchObject({ planKey: 'team', pendingChange: null })
    const changes = await selectRows(shop.billing, 'select status from billhook.subscription_changes')
    expect(changes).toEqual([{ status: 'applied' }])
  })

  it('that is heard to be approved after it expired here is applied all the same', async () => {
    const { shop, provider, deliver } = await approvedUnheard()
    provider.troubles.set('retrieveSubscription', 'down')
    await shop.advance('PT3H')
    expect(await shop.current()).toMatchObject({ planKey: 'starter', pendingChange: null })
    provider.troubles.clear()
    await deliver()
    expect(await shop.current()).toMatchObject({ planKey: 'team', pendingChange: null })
  })

  it('gives way to a newer wish and to a cancellation', async () => {
    const { shop, manage, answer } = await open()
    const first = await manage(toTeam)
    const second = await manage({ action: 'change_quantity', quantity: 4 })
    expect(second.subscription.pending_change?.approval_url).not.toBe(first.approval_url)
    await manage({ action: 'cancel' })
    expect(await shop.current()).toMatchObject({ cancelAtPeriodEnd: true, pendingChange: null })
    await answer(second.approval_url, 'approve')
    await shop.settle()
    expect(await shop.current()).toMatchObject({ quantity: 4, cancelAtPeriodEnd: true })
  })

  it('is superseded by an end that is kept for the provider, too', async () => {
    const { shop, manage } = await subscribed({ changes: 'approved', without: ['scheduled_ends'] })
    await manage(toTeam)
    expect(await manage({ action: 'cancel' })).toMatchObject({ subscription: { pending_change: null } })
    await shop.advance('P1M')
    expect(await shop.current()).toMatchObject({ status: 'canceled', planKey: 'starter' })
  })
})

describe('a change that waits for the next cycle', () => {
  it('is shown until then, moves nothing before, and is real with the renewal', async () => {
    const { shop, manage, seats, bills, told } = await subscribed({ changes: 'next_cycle' })
    expect(await manage(toTeam)).toMatchObject({ outcome: 'scheduled', effective_at: '2026-02-28T10:00:00.000Z' })
    await shop.advance('P20D')
    expect(await shop.current()).toMatchObject({
      planKey: 'starter',
      pendingChange: { outcome: 'scheduled', effectiveAt: new Date('2026-02-28T10:00:00Z') },
    })
    expect(await seats()).toBe(3)
    await shop.advance('P10D')
    expect(await shop.current()).toMatchObject({ planKey: 'team', pendingChange: null })
    expect(await seats()).toBe(10)
    expect(await bills()).toEqual([3000, 1000])
    expect((await told()).filter((type) => type === 'plan_changed')).toHaveLength(1)
  })
})

describe('a preview, at a provider that shows none', () => {
  const open = (options: SandboxOptions = {}) => subscribed({ without: ['previews'], ...options })

  it('is computed for changes without proration, and committing it charges exactly this', async () => {
    const { shop, post, manage, bills } = await open()
    await shop.advance('P10D')
    const { status, json } = await post('preview-change', { ...wish, quantity: 2, proration: 'none' })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      emulated: true,
      how: expect.stringContaining('nothing is due now'),
      due_now: 0,
      proration: 0,
      lines: [],
      next_charge: { amount: 6000, at: '2026-02-28T10:00:00.000Z' },
    })
    const { preview_id } = json as { preview_id: string }
    expect(await manage({ action: 'change_plan', preview_id })).toMatchObject({ outcome: 'applied' })
    expect(await bills()).toEqual([1000])
    await shop.advance('P18D')
    expect(await bills()).toEqual([6000, 1000])
  })

  it('of a change that waits for its buyer shows what is charged once it is approved', async () => {
    const { shop, post, manage, answer, bills } = await open({ changes: 'approved' })
    const { json } = await post('preview-change', wish)
    expect(json).toMatchObject({ due_now: 0, next_charge: { amount: 3000 } })
    const { preview_id } = json as { preview_id: string }
    const { approval_url } = await manage({ action: 'change_plan', preview_id })
    await answer(approval_url, 'approve')
    await shop.advance('P1M')
    expect(await bills()).toEqual([3000, 1000])
  })

  it.each([
    ['a proration', { proration: 'immediate' }],
    ['another interval', { price_id: 'team-yearly', proration: 'none' }],
  ])('is refused for %s: never a price of 0', async (_, change) => {
    const { shop, post } = await open()
    const { data } = await shop.billing.listPlans({ organizationId: shop.organizationId })
    const planId = data.find(({ key }) => key === 'team')?.id ?? ''
    const price = { key: 'team-yearly', currency: 'EUR', amount: 30_000, interval: 'year' as const }
    await shop.billing.changePlan({ planId, prices: [price] })
    await shop.billing.publishPlan({ planId, provider: 'sandbox' })
    expect(await post('preview-change', { ...wish, ...change })).toMatchObject({
      status: 422,
      json: { code: 'unsupported' },
    })
  })

  it('shows no next charge where an end is scheduled', async () => {
    const { post, manage } = await open()
    await manage({ action: 'cancel' })
    expect(await post('preview-change', { ...wish, proration: 'none' })).toMatchObject({ json: { next_charge: null } })
  })
})

const wish = { price_id: 'team-monthly' }
