import { afterEach, describe, expect, it } from 'vitest'
import { openShop, type Shop } from './support/sandbox-shop.ts'

describe('a pause', () => {
  const shops: Shop[] = []
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
  })

  const subscribed = async () => {
    const shop = await openShop()
    shops.push(shop)
    const { id } = await shop.subscribe()
    const manage = (body: object) =>
      shop.billing.call('POST', `/api/v1/subscriptions/${id}/manage-subscription/`, { organization: 'acme', body })
    const bills = async () =>
      (await shop.billing.listInvoices({ organizationId: shop.organizationId })).data.map(({ status }) => status)
    const told = async () => (await shop.events({ objectId: id })).map(({ type }) => type.replace('subscription.', ''))
    return { shop, manage, bills, told }
  }

  it('of the collection keeps access and lets bills wait, which are collected when it is resumed', async () => {
    const { shop, manage, bills, told } = await subscribed()
    const paused = await manage({ action: 'pause', pause_kind: 'collection' })
    expect(paused).toMatchObject({
      status: 200,
      json: {
        outcome: 'applied',
        subscription: { status: 'active', pause: { kind: 'collection', resumes_at: null }, access: { allowed: true } },
      },
    })
    await shop.advance('P1M')
    expect(await bills()).toEqual(['open', 'paid'])
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    expect(await manage({ action: 'resume' })).toMatchObject({
      json: { outcome: 'applied', subscription: { pause: null } },
    })
    await shop.settle()
    expect(await bills()).toEqual(['paid', 'paid'])
    expect(await told()).toEqual(expect.arrayContaining(['paused', 'resumed']))
  })

  it('of the service stops access and the period, which goes on where it stood', async () => {
    const { shop, manage, bills } = await subscribed()
    await shop.advance('P10D')
    const before = await shop.current()
    await manage({ action: 'pause', pause_kind: 'service' })
    expect(await shop.current()).toMatchObject({
      status: 'paused',
      pause: { kind: 'service', from: new Date('2026-02-10T10:00:00Z') },
      access: { allowed: false, reason: 'paused' },
    })
    await shop.advance('P40D')
    expect(await bills()).toEqual(['paid'])
    await manage({ action: 'resume' })
    await shop.settle()
    const after = await shop.current()
    expect(after).toMatchObject({ status: 'active', pause: null, access: { allowed: true } })
    const movedMs = Number(after.currentPeriodEnd) - Number(before.currentPeriodEnd)
    expect(movedMs).toBe(40 * 86_400_000)
    await shop.advance('P18D')
    expect(await bills()).toEqual(['paid', 'paid'])
  })

  it('with a time ends by itself; a time in the past is refused', async () => {
    const { shop, manage } = await subscribed()
    const past = await manage({ action: 'pause', resumes_at: '2026-01-01T00:00:00Z' })
    expect(past).toMatchObject({ status: 400, json: { code: 'invalid_resumes_at' } })
    await manage({ action: 'pause', pause_kind: 'service', resumes_at: '2026-02-15T10:00:00Z' })
    expect(await shop.current()).toMatchObject({ pause: { resumesAt: new Date('2026-02-15T10:00:00Z') } })
    await shop.advance('P20D')
    expect(await shop.current()).toMatchObject({ status: 'active', pause: null })
  })

  it('can be asked for twice, and resumed twice', async () => {
    const { manage, told } = await subscribed()
    for (const action of ['pause', 'pause', 'resume', 'resume']) {
      expect(await manage({ action })).toMatchObject({ status: 200, json: { outcome: 'applied' } })
    }
    const types = await told()
    expect(types.filter((type) => type === 'paused' || type === 'resumed')).toEqual(['paused', 'resumed'])
  })

  it.each([true, false])('is over with a cancellation (at the end of the period: %s)', async (at_period_end) => {
    const { shop, manage } = await subscribed()
    await manage({ action: 'pause', pause_kind: 'service' })
    await manage({ action: 'cancel', at_period_end })
    await shop.settle()
    expect(await shop.current()).toMatchObject({
      pause: null,
      ...(at_period_end ? { status: 'active', cancelAtPeriodEnd: true } : { status: 'canceled' }),
    })
    expect(await manage({ action: 'pause' })).toMatchObject({
      status: 409,
      json: { code: at_period_end ? 'subscription_ending' : 'subscription_not_live' },
    })
  })
})
