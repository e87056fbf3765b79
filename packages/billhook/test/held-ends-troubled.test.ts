import { afterEach, describe, expect, it } from 'vitest'
import { createTestBilling } from '../src/testing/create-test-billing.ts'
import { openTestDatabase } from '../src/testing/postgres/index.ts'
import { deliverAll, periodEnd, type Subscribed, subscribed } from './support/held-shop.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'
import { troubledSandbox } from './support/troubled-sandbox.ts'

describe('an end that is kept for its provider, when something goes wrong or somebody else has a hand in it,', () => {
  const shops: Shop[] = []
  const open = async (...input: Parameters<typeof subscribed>): Promise<Subscribed> => {
    const made = await subscribed(...input)
    shops.push(made.shop)
    return made
  }
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
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
