import { afterEach, describe, expect, it } from 'vitest'
import { importAccount } from '../src/domain/imports/index.ts'
import type { SandboxOptions } from '../src/providers/sandbox/index.ts'
import { createTestBilling } from '../src/testing/create-test-billing.ts'
import { openTestDatabase } from '../src/testing/postgres/index.ts'
import { atProvider } from './support/at-provider.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

const periodEnd = new Date('2026-02-28T10:00:00Z')

/** A subscription from 31 January to 28 February at a provider that can only end at once. */
async function subscribed(options: SandboxOptions = { without: ['scheduled_ends'] }, capture = false) {
  const { make, provider } = troubledSandbox(options)
  const shop = await openShop({ providers: { sandbox: make }, capture })
  const { organizationId } = shop
  const session = await shop.checkout()
  await shop.pay(session.url)
  await shop.settle()
  if (capture) await deliverAll(shop)
  const { id: subscriptionId, externalSubscriptionId } = await shop.current()
  const externalId = externalSubscriptionId ?? ''
  const target = { organizationId, subscriptionId }
  const manage = (body: object) =>
    shop.billing.call('POST', `/api/v1/subscriptions/${subscriptionId}/manage-subscription/`, {
      organization: 'acme',
      body,
    })
  return {
    shop,
    provider: provider(),
    externalId,
    target,
    manage,
    cancel: () => shop.billing.cancelSubscription({ ...target, atPeriodEnd: true }),
    reactivate: () => shop.billing.reactivateSubscription(target),
    there: () => provider().retrieveSubscription(externalId),
    atProvider: atProvider(provider()),
    /** Whole charges, as the provider counts them. */
    charges: async () =>
      (await provider().listInvoices({ externalSubscriptionId: externalId })).data.flatMap(
        ({ payments }) => payments ?? [],
      ).length,
    told: async () =>
      (await shop.events({ objectId: subscriptionId })).flatMap(({ type }) =>
        type.startsWith('subscription.') ? [type.replace('subscription.', '')] : [],
      ),
    alerts: () => selectRows(shop.billing, 'select kind, severity, resolved_at from billhook.alerts'),
    /** Time for look-ups, by the wall clock alone. */
    later: async (seconds: number) => {
      shop.billing.clock.advanceMs(seconds * 1000)
      await shop.billing.runJobs()
    },
  }
}

async function deliverAll(shop: Shop): Promise<void> {
  for (const delivery of shop.deliveries.splice(0)) {
    await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
    await shop.billing.runJobs()
  }
}

type Subscribed = Awaited<ReturnType<typeof subscribed>>

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

  it('is found by looking when the answer of the pause is lost', async () => {
    const { shop, cancel, provider, later, told } = await open()
    provider.troubles.set('pauseSubscription', 'answer_lost')
    expect(await cancel()).toMatchObject({ outcome: 'pending' })
    await later(3)
    expect(await shop.current()).toMatchObject({ status: 'active', pause: null, cancelAt: periodEnd })
    expect(provider.done.get('pauseSubscription')).toBe(1)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled'])
  })

  it('is known by the pause that the provider tells of while the answer is lost', async () => {
    const { shop, cancel, provider, later, told } = await open()
    provider.troubles.set('pauseSubscription', 'answer_lost')
    await cancel()
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active', pause: null, cancelAt: periodEnd })
    await later(130)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled'])
  })

  it.each([
    ['the call never arrives', 'never_arrives'],
    ['the provider refuses', 'refused'],
  ] as const)('holds nothing when %s, and can be asked for anew', async (_, trouble) => {
    const { shop, cancel, provider, later, told, charges } = await open()
    provider.troubles.set('pauseSubscription', trouble)
    await cancel().catch(() => null)
    await later(3)
    await later(90)
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: null })
    expect(await selectRows(shop.billing, 'select hold_ends_at from billhook.bindings')).toEqual([
      { hold_ends_at: null },
    ])
    provider.troubles.clear()
    expect(await cancel()).toMatchObject({ outcome: 'applied', subscription: { cancelAt: periodEnd } })
    await shop.advance('P2M')
    expect(await charges()).toBe(1)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
  })

  it('is not remembered where somebody let it go on before anything was heard of it', async () => {
    const { shop, cancel, provider, later, atProvider, externalId, alerts } = await open()
    provider.troubles.set('pauseSubscription', 'answer_lost')
    await cancel()
    await atProvider.resume(externalId)
    await later(3)
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: null })
    expect(await alerts()).toEqual([{ kind: 'scheduled_end_taken_back', severity: 'critical', resolved_at: null }])
    await shop.advance('P2M')
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
  })

  it('that was refused while somebody else paused it shows that pause, and no end', async () => {
    const { shop, cancel, provider, later, atProvider, externalId } = await open()
    provider.troubles.set('pauseSubscription', 'never_arrives')
    await cancel()
    provider.troubles.clear()
    await atProvider.pause(externalId)
    await shop.settle()
    await later(90)
    await later(90)
    expect(await shop.current()).toMatchObject({ status: 'paused', pause: { kind: 'service' }, cancelAt: null })
  })

  it('is ended once when the answer of the cancellation is lost', async () => {
    const { shop, cancel, provider, later, there, told } = await open()
    await cancel()
    provider.troubles.set('cancelSubscription', 'answer_lost')
    await provider.advance('P28D')
    await shop.billing.runJobs()
    await later(3)
    await later(200)
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(provider.done.get('cancelSubscription')).toBe(1)
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
  })

  it('is tried again, with an alert, while the provider refuses to end it', async () => {
    const { shop, cancel, provider, later, there, alerts, charges } = await open()
    await cancel()
    provider.troubles.set('cancelSubscription', 'refused')
    await shop.advance('P29D')
    expect(await alerts()).toEqual([{ kind: 'scheduled_end_failed', severity: 'critical', resolved_at: null }])
    expect(await shop.current()).toMatchObject({ access: { allowed: false, reason: 'ended' } })
    provider.troubles.clear()
    await later(601)
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(await alerts()).toEqual([
      { kind: 'scheduled_end_failed', severity: 'critical', resolved_at: expect.any(String) },
    ])
    expect(await charges()).toBe(1)
  })

  it('takes no paid time back, even where the provider’s clock is a minute behind', async () => {
    const { shop, cancel, provider } = await open()
    await cancel()
    const end = provider.cancelSubscription.bind(provider)
    const cancelSubscription: typeof end = async (...input) => {
      const done = await end(...input)
      return { ...done, subscription: { ...done.subscription, endedAt: new Date(periodEnd.getTime() - 60_000) } }
    }
    Object.assign(provider, { cancelSubscription })
    await shop.advance('P28D')
    expect(await shop.current()).toMatchObject({ status: 'canceled', paidThroughAt: periodEnd })
    expect(await selectRows(shop.billing, `select action from billhook.audit_log where action = 'end_now'`)).toEqual([])
  })

  it('is asked for again after a crash between intent and call', async () => {
    const { shop, cancel, provider, later, there, told } = await open()
    await cancel()
    provider.troubles.set('cancelSubscription', 'never_arrives')
    await provider.advance('P28D')
    await shop.billing.runJobs()
    provider.troubles.clear()
    await later(3)
    expect(await there()).toMatchObject({ status: 'paused' })
    await later(130)
    await later(130)
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
  })

  it('is taken back once when the answer of the resumption is lost, without an alert', async () => {
    const { shop, cancel, reactivate, provider, later, told, alerts } = await open()
    await cancel()
    provider.troubles.set('resumeSubscription', 'answer_lost')
    expect(await reactivate()).toMatchObject({ outcome: 'pending' })
    await shop.settle()
    await later(3)
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: null })
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'cancel_unscheduled'])
    expect(await alerts()).toEqual([])
  })

  it('stays when the resumption never arrives', async () => {
    const { shop, cancel, reactivate, provider, later, charges } = await open()
    await cancel()
    provider.troubles.set('resumeSubscription', 'never_arrives')
    await reactivate()
    await later(3)
    await later(90)
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: periodEnd })
    await shop.advance('P2M')
    expect(await shop.current()).toMatchObject({ status: 'canceled' })
    expect(await charges()).toBe(1)
  })

  it('is taken back, told and alerted when somebody lets it go on at the provider', async () => {
    const { shop, cancel, atProvider, externalId, told, alerts } = await open()
    await cancel()
    await shop.advance('P3D')
    await atProvider.resume(externalId)
    await shop.settle()
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: null, pause: null })
    expect((await told()).slice(0, 4)).toEqual(['created', 'activated', 'cancel_scheduled', 'cancel_unscheduled'])
    expect(await told()).not.toContain('resumed')
    expect(await alerts()).toEqual([{ kind: 'scheduled_end_taken_back', severity: 'critical', resolved_at: null }])
  })

  it('is over when somebody ends it at the provider, and what is paid for stays', async () => {
    const { shop, cancel, atProvider, externalId, told } = await open()
    await cancel()
    await shop.advance('P3D')
    await atProvider.cancel(externalId, false)
    await shop.settle()
    expect(await shop.current()).toMatchObject({
      status: 'canceled',
      access: { allowed: true, until: periodEnd, reason: 'paid_through' },
    })
    await shop.advance('P2M')
    expect(await told()).toEqual(['created', 'activated', 'cancel_scheduled', 'canceled'])
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

  it('moves behind what a renewal under way has bought', async () => {
    const { shop, cancel, provider, there, charges } = await open(undefined, true)
    // The renewal is charged, and nothing of it is heard before the end is asked for.
    await provider.advance('P28D')
    expect(await charges()).toBe(2)
    await cancel()
    const boughtUntil = new Date('2026-03-31T10:00:00Z')
    expect(await shop.current()).toMatchObject({ status: 'active', cancelAt: boughtUntil })
    await deliverAll(shop)
    expect(await shop.current()).toMatchObject({ paidThroughAt: boughtUntil, cancelAt: boughtUntil })
    await shop.advance('P30D')
    expect(await there()).toMatchObject({ status: 'paused' })
    await shop.advance('P2D')
    expect(await there()).toMatchObject({ status: 'canceled' })
    expect(await charges()).toBe(2)
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

  it('is kept by rows alone: another process that starts after it was due ends it, and two at once end it once', async () => {
    const database = await openTestDatabase()
    const { make } = troubledSandbox({ without: ['scheduled_ends'] })
    const shop = await openShop({ providers: { sandbox: make }, database })
    shops.push(shop)
    const { id: subscriptionId } = await shop.subscribe()
    const { organizationId } = shop
    await shop.billing.cancelSubscription({ organizationId, subscriptionId, atPeriodEnd: true })
    await shop.billing.stop()
    const later = troubledSandbox({ without: ['scheduled_ends'] })
    const next = await createTestBilling({ providers: { sandbox: later.make }, database })
    await later.provider().advance('P29D')
    await Promise.all([next.runJobs(), next.runJobs()])
    const current = await next.getCurrentSubscription({ organizationId })
    expect(current).toMatchObject({ status: 'canceled' })
    expect(later.provider().done.get('cancelSubscription')).toBe(1)
    await next.stop()
  })
})
