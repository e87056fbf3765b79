import { afterEach, describe, expect, it } from 'vitest'
import { databases } from './support/databases.ts'
import { listEvents, selectRows, shopActions } from './support/sandbox-shop.ts'
import { openUsageShop, sell, type UsageShop } from './support/usage-shop.ts'

describe.each(databases)('limits of what is bought, on $name', ({ open }) => {
  let shop: UsageShop
  const start = async (options: Parameters<typeof openUsageShop>[0] = {}) => {
    shop = await openUsageShop({ database: await open(), at: '2026-01-31T10:00:00Z', ...options })
    return shop
  }
  afterEach(() => shop.close())
  const advance = (by: string) => shopActions(shop.billing, shop.organizationId).advance(by)

  it('begin anew with the period of the subscription, not on the first of a month', async () => {
    const { entitlement, take } = await start()
    const subscribe = await sell(shop, 'pro', { tokens: { limit: 100, meter: 'tokens' } })
    await subscribe()
    expect(await take('tokens', 60)).toMatchObject({ allowed: true, resetsAt: new Date('2026-02-28T10:00:00Z') })
    await advance('P10D')
    expect(await entitlement('tokens')).toMatchObject({ used: 60, remaining: 40 })
    await advance('P18D')
    expect(await entitlement('tokens')).toMatchObject({
      used: 0,
      remaining: 100,
      resetsAt: new Date('2026-03-31T10:00:00Z'),
    })
    expect(await take('tokens', 100)).toMatchObject({ allowed: true })
    await advance('P31D')
    expect(await take('tokens', 1)).toMatchObject({
      allowed: true,
      used: 1,
      resetsAt: new Date('2026-04-30T10:00:00Z'),
    })
  })

  it('are the default plan’s until a plan is bought, and count what was used before', async () => {
    const { entitlement, record } = await start({
      limits: { tokens: { limit: 10, meter: 'tokens', window: 'calendar_month' } },
    })
    await record({ id: 'a', meter: 'tokens', quantity: 8 })
    expect(await entitlement('tokens')).toMatchObject({ limit: 10, used: 8, reason: 'default_plan' })
    const subscribe = await sell(shop, 'pro', { tokens: { limit: 100, meter: 'tokens', window: 'calendar_month' } })
    await subscribe()
    expect(await entitlement('tokens')).toMatchObject({ limit: 100, used: 8, reason: 'plan' })
  })

  it('are multiplied by the quantity that was bought', async () => {
    const { entitlement } = await start()
    const subscribe = await sell(shop, 'team', {
      seats: { limit: 1, per: 'unit', meter: 'seats', window: 'lifetime' },
      projects: { limit: 3, per: 'unit' },
    })
    const { id } = await subscribe()
    await shop.billing.changeQuantity({ organizationId: shop.organizationId, subscriptionId: id, quantity: 7 })
    await advance('PT0S')
    await shop.record({ id: 's', meter: 'seats', quantity: 7 })
    expect(await entitlement('seats')).toMatchObject({ limit: 7, used: 7, allowed: true, remaining: 0 })
    expect(await entitlement('projects')).toMatchObject({ limit: 21, used: null })
    await shop.record({ id: 't', meter: 'seats', quantity: 8 })
    expect(await entitlement('seats')).toMatchObject({ allowed: false, reason: 'limit_reached' })
  })

  it('after a downgrade, block or let the old limit rule until the window ends, as the plan says; nothing is deleted', async () => {
    const { entitlement, take, used } = await start()
    const terms = (limit: number, above: 'block' | 'until_reset' | 'read_only') => ({
      limit,
      meter: 'tokens',
      above,
      thresholds: [],
    })
    await sell(shop, 'small', {
      strict: terms(50, 'block'),
      kind: terms(50, 'until_reset'),
      shown: terms(50, 'read_only'),
    })
    const subscribe = await sell(shop, 'big', {
      strict: terms(500, 'block'),
      kind: terms(500, 'until_reset'),
      shown: terms(500, 'read_only'),
    })
    const { id } = await subscribe()
    await take('kind', 200)
    const { organizationId } = shop
    await shop.billing.updateSubscriptionPlan({
      organizationId,
      subscriptionId: id,
      priceId: 'small-monthly',
      proration: 'none',
    })
    await advance('PT0S')
    expect(await entitlement('strict')).toMatchObject({ allowed: false, limit: 50, used: 200, reason: 'limit_reached' })
    expect(await entitlement('shown')).toMatchObject({ allowed: false, reason: 'read_only' })
    expect(await entitlement('kind')).toMatchObject({ allowed: true, limit: 500, remaining: 300 })
    expect(await take('kind', 300)).toMatchObject({ allowed: true })
    expect(await take('kind', 1)).toMatchObject({ allowed: false })
    expect(await used('tokens')).toBe(500)
    await advance('P1M')
    expect(await entitlement('kind')).toMatchObject({ allowed: true, limit: 50, used: 0 })
  })

  it('end with access: nothing is consumed after it, and nothing is lost', async () => {
    const { take, used } = await start()
    const subscribe = await sell(shop, 'pro', { tokens: { limit: 100, meter: 'tokens', window: 'lifetime' } })
    const { id } = await subscribe()
    await take('tokens', 5)
    await shop.billing.cancelSubscription({
      organizationId: shop.organizationId,
      subscriptionId: id,
      atPeriodEnd: true,
    })
    await advance('P1M')
    expect(await take('tokens', 1)).toMatchObject({ allowed: false, reason: 'not_in_plan' })
    const january = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-02-28T00:00:00Z') }
    expect(
      await shop.billing.getUsage({ organizationId: shop.organizationId, meter: 'tokens', ...january }),
    ).toMatchObject({ value: 5 })
    expect(await used('tokens')).toBe(0)
  })

  it('are made anew where a period turns out to end later than it seemed', async () => {
    const { take, entitlement } = await start()
    const subscribe = await sell(shop, 'pro', { tokens: { limit: 100, meter: 'tokens', thresholds: [5] } })
    await subscribe()
    const move = (end: string) =>
      selectRows(shop.billing, `update billhook.subscriptions set current_period_end = '${end}'`)
    await move('2026-01-31T10:00:01Z')
    expect(await take('tokens', 10)).toMatchObject({ resetsAt: new Date('2026-01-31T10:00:01Z') })
    await shopActions(shop.billing, shop.organizationId).advance('PT2S')
    expect(await take('tokens', 7)).toMatchObject({ used: 7 })
    await move('2026-02-28T10:00:00Z')
    expect(await entitlement('tokens')).toMatchObject({ used: 17 })
    expect(await take('tokens', 1)).toMatchObject({ used: 18 })
    // Once for each of the two windows, and not again for the one that went on.
    const told = await listEvents(shop.billing, shop.organizationId, { type: 'usage.threshold_reached' })
    expect(told.map(({ data }) => data.windowStart)).toEqual(['2026-01-31T10:00:00.000Z', '2026-01-31T10:00:01.000Z'])
  })
})

describe.each(databases)('grants, on $name', ({ open }) => {
  let shop: UsageShop
  afterEach(() => shop.close())
  const call = (method: string, path: string, body?: unknown, organization = 'acme') =>
    shop.billing.call(method, `/api/v1${path}`, { organization, body })

  it('give, expire, are revoked, audited and told, and no webhook touches them', async () => {
    shop = await openUsageShop({ database: await open(), at: '2026-01-31T10:00:00Z' })
    const subscribe = await sell(shop, 'pro', { tokens: { limit: 100, meter: 'tokens' } })
    await subscribe()
    const made = await call('POST', '/grants/', {
      feature: 'tokens',
      value: 50,
      effect: 'add',
      reason: 'an outage of ours',
      expires_at: '2026-03-05T00:00:00.000Z',
    })
    expect(made).toMatchObject({
      status: 201,
      json: { value: 50, effect: 'add', reason: 'an outage of ours', revoked_at: null },
    })
    await call('POST', '/grants/', { feature: 'sso', value: true, reason: 'promised' })
    const { advance } = shopActions(shop.billing, shop.organizationId)
    await advance('P1M')
    expect(await shop.entitlement('tokens')).toMatchObject({ limit: 150 })
    expect(await shop.take('tokens', 150)).toMatchObject({ allowed: true })
    await advance('P6D')
    expect(await shop.entitlement('tokens')).toMatchObject({ limit: 100, allowed: false })
    expect(await shop.entitlement('sso')).toMatchObject({ allowed: true, reason: 'grant' })
    const list = await call('GET', '/grants/')
    const [sso] = (list.json as { data: Array<{ id: string }> }).data
    expect(await call('DELETE', `/grants/${sso?.id}/`, undefined, 'acme')).toMatchObject({ status: 200 })
    expect(await shop.entitlement('sso')).toMatchObject({ allowed: false })
    expect(await call('DELETE', `/grants/${sso?.id}/`)).toMatchObject({
      status: 404,
      json: { code: 'grant_not_found' },
    })
    const audit = await shop.billing.call('GET', `/api/v1/admin/audit-log/?subject=${sso?.id}`)
    expect((audit.json as { data: Array<{ action: string }> }).data.map(({ action }) => action)).toEqual([
      'revoke_grant',
      'create_grant',
    ])
    const told = await listEvents(shop.billing, shop.organizationId, {
      objectId: sso?.id ?? '',
      type: 'entitlements.changed',
    })
    expect(told.map(({ sequence, data }) => [sequence, data.grantId, data.planId])).toEqual([
      [1, sso?.id, null],
      [2, sso?.id, null],
    ])
  })

  it('override what plans say of one organization, and of no other', async () => {
    shop = await openUsageShop({
      database: await open(),
      at: '2026-01-31T10:00:00Z',
      limits: { tokens: { limit: 100, meter: 'tokens' }, seats: 3 },
    })
    await call('POST', '/organizations/', {
      external_id: 'rival',
      name: 'R',
      email: 'r@r.test',
      country: 'US',
      currency: 'USD',
      timezone: 'UTC',
    })
    await call('POST', '/grants/', { feature: 'tokens', value: null, reason: 'a friend' })
    await call('POST', '/grants/', { feature: 'seats', value: 1, reason: 'a quarrel' })
    expect(await shop.take('tokens', 5000)).toMatchObject({ allowed: true, limit: null, remaining: null })
    expect(await shop.billing.checkLimit({ organizationId: shop.organizationId, feature: 'seats', wanted: 2 })).toEqual(
      { allowed: false, limit: 1 },
    )
    expect(await call('GET', '/entitlements/tokens/', undefined, 'rival')).toMatchObject({
      json: { limit: 100, used: 0, reason: 'default_plan' },
    })
    expect((await call('GET', '/grants/', undefined, 'rival')).json).toMatchObject({ data: [] })
    const [mine] = ((await call('GET', '/grants/')).json as { data: Array<{ id: string }> }).data
    expect(await call('DELETE', `/grants/${mine?.id}/`, undefined, 'rival')).toMatchObject({ status: 404 })
  })

  it('are the platform’s to give, about one organization, with a reason', async () => {
    shop = await openUsageShop({ database: await open() })
    const grant = { feature: 'a', value: true, reason: 'b' }
    const refused: Array<[unknown, number, string]> = [
      [{ ...grant, reason: ' ' }, 400, 'invalid_grant'],
      [{ ...grant, feature: 'no key' }, 400, 'invalid_key'],
      [{ ...grant, value: { limit: 5, meter: 'nothing' } }, 400, 'unknown_meter'],
      [{ ...grant, value: { limit: -5 } }, 400, 'invalid_request'],
      [{ ...grant, value: 1.5, effect: 'add' }, 400, 'invalid_grant'],
      [{ feature: 'a', reason: 'b' }, 400, 'invalid_request'],
    ]
    for (const [body, status, code] of refused)
      expect(await call('POST', '/grants/', body), JSON.stringify(body)).toMatchObject({ status, json: { code } })
    expect(await shop.billing.call('POST', '/api/v1/grants/', { body: grant })).toMatchObject({
      status: 400,
      json: { code: 'organization_required' },
    })
    const key = await shop.billing.createApiKey({
      organizationId: shop.organizationId,
      name: 'own',
      scopes: ['read', 'write', 'usage', 'admin'],
      actor: 'test',
    })
    expect(await shop.billing.call('POST', '/api/v1/grants/', { key: key.plainKey, body: grant })).toMatchObject({
      status: 403,
    })
  })
})
