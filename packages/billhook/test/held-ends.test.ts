import { afterEach, describe, expect, it } from 'vitest'
import { importAccount } from '../src/domain/imports/index.ts'
import { periodEnd, type Subscribed, subscribed } from './support/held-shop.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

describe('an end with the period, at a provider that can only end at once,', () => {
  const shops: Shop[] = []
  const open = async (...input: Parameters<typeof subscribed>): Promise<Subscribed> => {
    const made = await subscribed(...input)
    shops.push(made.shop)
    return made
  }
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
  })

  it('pauses it there at once, and is for the product a scheduled end like any other', async () => {
    const { shop, manage, there, told } = await open()
    const answer = await manage({ action: 'cancel' })
    expect(answer).toMatchObject({
      status: 200,
      json: {
        outcome: 'applied',
        emulated: true,
        how: expect.stringContaining('paused there'),
        subscription: {
          status: 'active',
          pause: null,
          cancel_at_period_end: true,
          cancel_at: periodEnd.toISOString(),
          access: { allowed: true, until: periodEnd.toISOString(), reason: 'active' },
        },
      },
    })
    expect(await there()).toMatchObject({ status: 'paused', pause: { kind: 'service' } })
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active', pause: null, cancelAt: periodEnd })
    const overview = await shop.billing.call('GET', '/api/v1/subscriptions/overview/', { organization: 'acme' })
    expect(overview.json).toMatchObject({ actions: ['reactivate', 'update_payment_method'] })
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled'])
    expect(await manage({ action: 'cancel' })).toMatchObject({ status: 200, json: { outcome: 'applied' } })
  })

  it('comes when the paid time is over, once, without another charge', async () => {
    const { shop, cancel, there, told, charges, provider } = await open()
    await cancel()
    await shop.advance('P27D')
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    await shop.advance('P1D')
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(await shop.current()).toMatchObject({
      status: 'canceled',
      cancelAtPeriodEnd: false,
      paidThroughAt: periodEnd,
      access: { allowed: false, reason: 'ended' },
    })
    await shop.advance('P2M')
    expect(await charges()).toBe(1)
    expect(provider.done.get('cancelSubscription')).toBe(1)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
    expect(await selectRows(shop.billing, 'select hold_ends_at from billhook.bindings')).toEqual([
      { hold_ends_at: null },
    ])
  })

  it('can be taken back until then, and it is charged again', async () => {
    const { shop, cancel, manage, there, told, charges } = await open()
    await cancel()
    await shop.advance('P10D')
    expect(await manage({ action: 'reactivate' })).toMatchObject({
      status: 200,
      json: { outcome: 'applied', emulated: true, subscription: { status: 'active', cancel_at: null, pause: null } },
    })
    expect(await there()).toMatchObject({ status: 'active', pause: null })
    await shop.advance('P40D')
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: null })
    expect(await charges()).toBe(2)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'cancel_unscheduled', 'renewed'])
  })

  it('is not taken back once it has come, even where the job that ends it is late', async () => {
    const { shop, cancel, reactivate, provider, there } = await open()
    await cancel()
    await provider.advance('P29D')
    await expect(reactivate()).rejects.toMatchObject({ code: 'subscription_ended', status: 409 })
    expect(await shop.current()).toMatchObject({ access: { allowed: false, reason: 'ended' } })
    await shop.billing.runJobs()
    expect(await there()).toMatchObject({ status: 'canceled' })
  })

  it('lets nobody change or pause it meanwhile, and supersedes a change that waits', async () => {
    const { cancel, manage } = await open()
    await cancel()
    for (const body of [
      { action: 'pause' },
      { action: 'change_plan', price_id: 'team-monthly' },
      { action: 'change_quantity', quantity: 2 },
    ]) {
      expect(await manage(body)).toMatchObject({ status: 409, json: { code: 'subscription_ending' } })
    }
    expect(await manage({ action: 'resume' })).toMatchObject({ status: 200, json: { subscription: { pause: null } } })
  })

  it('gives way to an end at once, which takes the paid time back', async () => {
    const { shop, cancel, manage, told } = await open()
    await cancel()
    await shop.advance('P5D')
    expect(await manage({ action: 'cancel', at_period_end: false })).toMatchObject({
      json: { subscription: { status: 'canceled', access: { allowed: false } } },
    })
    await shop.advance('P2M')
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
  })

  it('is refused, with what can be done instead, where there is no pause either', async () => {
    const { manage, there } = await open({ without: ['scheduled_ends', 'pauses'] })
    expect(await manage({ action: 'cancel' })).toMatchObject({
      status: 422,
      json: { code: 'unsupported', detail: expect.stringContaining('Cancel it at once (at_period_end: false)') },
    })
    expect(await there()).toMatchObject({ status: 'active' })
  })

  it('leaves alone a pause that was there before, when it is scheduled and when it is taken back', async () => {
    const { shop, manage, provider, there, told } = await open()
    await manage({ action: 'pause', pause_kind: 'service' })
    expect(await manage({ action: 'cancel' })).toMatchObject({
      json: { subscription: { status: 'paused', pause: { kind: 'service' }, cancel_at: periodEnd.toISOString() } },
    })
    expect(await manage({ action: 'resume' })).toMatchObject({ status: 409, json: { code: 'subscription_ending' } })
    expect(await manage({ action: 'reactivate' })).toMatchObject({
      json: { subscription: { status: 'paused', pause: { kind: 'service' }, cancel_at: null } },
    })
    expect(await there()).toMatchObject({ status: 'paused' })
    expect([provider.done.get('pauseSubscription'), provider.done.get('resumeSubscription')]).toEqual([1, undefined])
    await manage({ action: 'cancel' })
    await shop.advance('P1M')
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(await told()).toEqual([
      'created',
      'activated',
      'paused',
      'cancel_scheduled',
      'cancel_unscheduled',
      'cancel_scheduled',
      'canceled',
    ])
  })

  it('is refused while a pause of the collection goes on', async () => {
    const { manage } = await open()
    await manage({ action: 'pause', pause_kind: 'collection' })
    expect(await manage({ action: 'cancel' })).toMatchObject({ status: 409, json: { code: 'subscription_paused' } })
  })

  it('of a trial comes with the end of the trial, and nothing is ever charged', async () => {
    const { make } = troubledSandbox({ without: ['scheduled_ends'] })
    const shop = await openShop({ providers: { sandbox: make } })
    shops.push(shop)
    const { id: subscriptionId } = await shop.subscribe({ priceId: 'trial-monthly' })
    await shop.billing.cancelSubscription({ organizationId: shop.organizationId, subscriptionId, atPeriodEnd: true })
    expect(await shop.current()).toMatchObject({ status: 'trialing', cancelAt: new Date('2026-02-14T10:00:00Z') })
    await shop.advance('P15D')
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
    const { data } = await shop.billing.listInvoices({ organizationId: shop.organizationId })
    expect(data.map(({ amountPaid }) => amountPaid)).toEqual([0])
  })

  it('is no difference to reconciliation, and an account that moves in again leaves it alone', async () => {
    const { shop, cancel, told } = await open()
    await cancel()
    const run = await shop.billing.reconcile({ provider: 'sandbox' })
    expect(run).toMatchObject({ status: 'completed' })
    expect(await selectRows(shop.billing, 'select field from billhook.reconcile_differences')).toEqual([])
    await importAccount(shop.ctx, { provider: 'sandbox' })
    expect(await shop.current()).toMatchObject({ status: 'active', pause: null, cancelAt: periodEnd })
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled'])
  })
})
