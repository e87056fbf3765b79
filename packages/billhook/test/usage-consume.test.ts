import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgres } from '../src/db/index.ts'
import { createTestBilling } from '../src/testing/create-test-billing.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { databases } from './support/databases.ts'
import { listEvents } from './support/sandbox-shop.ts'
import { silentLogger } from './support/silent-logger.ts'
import { addOrganizationIn, openUsageShop, type UsageShop, usageActions } from './support/usage-shop.ts'

const limits = {
  calls: { limit: 10, meter: 'calls', window: 'calendar_month' as const },
  tokens: { limit: 1000, meter: 'tokens', window: 'calendar_month' as const },
  soft: { limit: 5, meter: 'tokens', soft: true, window: 'calendar_month' as const, thresholds: [] },
  burst: { limit: 3, meter: 'tokens', window: { rolling: 'PT1H' } },
  seats: { limit: 5, meter: 'seats', window: 'lifetime' as const },
  uncounted: 7,
}

describe.each(databases)('consuming, on $name', ({ open }) => {
  let shop: UsageShop
  beforeAll(async () => {
    shop = await openUsageShop({ database: await open(), limits, at: '2026-03-15T12:00:00Z' })
  })
  afterAll(() => shop.close())
  const fresh = async () => {
    const name = shop.nextId()
    return { name, ...usageActions(shop.billing, await addOrganizationIn(shop.billing, name)) }
  }
  const consume = (organization: string, feature: string, body: unknown) =>
    shop.billing.call('POST', `/api/v1/entitlements/${feature}/consume/`, { organization, body })

  it('takes what there is, and not one more', async () => {
    const { name } = await fresh()
    for (let n = 1; n <= 10; n++)
      expect(await consume(name, 'calls', { id: `c${n}` })).toMatchObject({
        status: 200,
        json: { allowed: true, used: n, remaining: 10 - n },
      })
    const refused = await consume(name, 'calls', { id: 'c11' })
    expect(refused).toMatchObject({
      status: 200,
      json: { allowed: false, used: 10, remaining: 0, reason: 'limit_reached' },
    })
    expect(refused.json).toMatchObject({ resets_at: '2026-04-01T00:00:00.000Z', limit: 10, duplicate: false })
  })
  it('takes all that is asked for or nothing', async () => {
    const { take, used } = await fresh()
    expect(await take('tokens', 990)).toMatchObject({ allowed: true, remaining: 10 })
    expect(await take('tokens', 11)).toMatchObject({ allowed: false, remaining: 10, reason: 'limit_reached' })
    expect(await take('tokens', 9.999999)).toMatchObject({ allowed: true })
    expect(await take('tokens', 0.000002)).toMatchObject({ allowed: false })
    expect(await take('tokens', 0.000001)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await used('tokens')).toBe(1000)
  })
  it('gives the last unit to one of twenty who ask at once', async () => {
    const { take, used } = await fresh()
    await take('tokens', 999)
    const answers = await Promise.all(Array.from({ length: 20 }, () => take('tokens', 1)))
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1)
    expect(await used('tokens')).toBe(1000)
  })
  it('takes once under one id, however many send it at once, and nothing under it for another quantity', async () => {
    const { take, used } = await fresh()
    const answers = await Promise.all(Array.from({ length: 8 }, () => take('tokens', 5, 'same')))
    expect(answers.every(({ allowed }) => allowed)).toBe(true)
    expect(answers.filter(({ isDuplicate }) => isDuplicate)).toHaveLength(7)
    expect(await used('tokens')).toBe(5)
    await expect(take('tokens', 6, 'same')).rejects.toMatchObject({ code: 'usage_conflict', status: 409 })
  })
  it('lets one who fails fail alone', async () => {
    const { take } = await fresh()
    await take('tokens', 1, 'a')
    const ends = await Promise.allSettled([
      take('tokens', 1, 'b'),
      take('tokens', 2, 'a'),
      take('tokens', 1, 'c'),
      take('uncounted'),
      take('tokens', 1, 'd'),
    ])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  })
  it('counts what came in by other ways', async () => {
    const { record, take } = await fresh()
    await record({ id: 'r', meter: 'tokens', quantity: 998 })
    expect(await take('tokens', 3)).toMatchObject({ allowed: false, used: 998 })
    expect(await take('tokens', 2)).toMatchObject({ allowed: true })
    await record({ id: 'above', meter: 'tokens', quantity: 500 })
    expect(await take('tokens', 1)).toMatchObject({ allowed: false, used: 1500, remaining: 0 })
  })
  it('never refuses at a soft limit, and knows what is above it', async () => {
    const { take } = await fresh()
    expect(await take('soft', 50)).toMatchObject({ allowed: true, used: 50, limit: 5, remaining: 0 })
  })
  it('lets a rolling window go by', async () => {
    const { take } = await fresh()
    for (let n = 0; n < 3; n++) {
      expect(await take('burst', 1)).toMatchObject({ allowed: true })
      shop.billing.clock.advanceMs(20 * 60_000)
    }
    expect(await take('burst', 1)).toMatchObject({ allowed: true, used: 3 })
    expect(await take('burst', 1)).toMatchObject({ allowed: false, used: 3, resetsAt: null })
    const together = await Promise.all(Array.from({ length: 5 }, () => take('burst', 1)))
    expect(together.some(({ allowed }) => allowed)).toBe(false)
  })
  it.each([
    ['a negative quantity', 'tokens', { id: 'x', quantity: -1 }, 400, 'invalid_quantity'],
    ['nothing', 'tokens', { id: 'x', quantity: 0 }, 400, 'invalid_quantity'],
    ['1e300', 'tokens', { id: 'x', quantity: 1e300 }, 400, 'invalid_quantity'],
    ['several of what counts events', 'calls', { id: 'x', quantity: 2 }, 400, 'invalid_quantity'],
    ['an id of 10 kB', 'tokens', { id: 'x'.repeat(10_240) }, 400, 'invalid_id'],
    ['no id', 'tokens', {}, 400, 'invalid_request'],
    ['a level', 'seats', { id: 'x' }, 422, 'not_consumable'],
    ['what nobody counts', 'uncounted', { id: 'x' }, 422, 'not_metered'],
  ])('refuses %s', async (_, feature, body, status, code) => {
    expect(await consume('acme', feature, body)).toMatchObject({ status, json: { code } })
  })
  it('refuses what no plan of the organization gives, another one’s feature too', async () => {
    await shop.billing.createPlan({
      key: `own-${shop.nextId()}`,
      name: 'Own',
      organizationId: await addOrganizationIn(shop.billing, shop.nextId()),
      limits: { secret: { limit: 5, meter: 'tokens' } },
    })
    expect(await consume('acme', 'secret', { id: 'x' })).toMatchObject({
      status: 200,
      json: { allowed: false, limit: null, used: null, reason: 'not_in_plan' },
    })
  })

  it('tells each threshold once a window', async () => {
    const { name, take, record } = await fresh()
    const organizationId = (await shop.billing.getOrganization({ organizationId: name })).id
    const told = async () =>
      (await listEvents(shop.billing, organizationId, { type: 'usage.threshold_reached' })).map(({ data }) => [
        data.feature,
        data.threshold,
        data.used,
      ])
    await take('tokens', 799)
    expect(await told()).toEqual([])
    await Promise.all([take('tokens', 1), take('tokens', 1), take('tokens', 1)])
    expect(await told()).toEqual([['tokens', 80, expect.any(Number)]])
    await record({ id: 'beyond', meter: 'tokens', quantity: 400 })
    expect((await told()).map(([, percent]) => percent)).toEqual([80, 100])
    await record({ id: 'more', meter: 'tokens', quantity: 400 })
    expect(await told()).toHaveLength(2)
    const [event] = await listEvents(shop.billing, organizationId, { type: 'usage.threshold_reached' })
    expect(event).toMatchObject({
      objectId: organizationId,
      sequence: 1,
      data: {
        meter: 'tokens',
        limit: 1000,
        windowStart: '2026-03-01T00:00:00.000Z',
        resetsAt: '2026-04-01T00:00:00.000Z',
      },
    })
    shop.billing.clock.set('2026-04-02T00:00:00Z')
    await take('tokens', 1000)
    expect((await told()).map(([, percent]) => percent)).toEqual([80, 100, 80, 100])
    shop.billing.clock.set('2026-03-15T13:00:00Z')
  })
})

describe.each(databases)('reserving, on $name', ({ open }) => {
  let shop: UsageShop
  beforeAll(async () => {
    shop = await openUsageShop({ database: await open(), limits, at: '2026-03-15T12:00:00Z' })
  })
  afterAll(() => shop.close())
  const fresh = async () => {
    const organizationId = await addOrganizationIn(shop.billing, shop.nextId())
    const reserve = async (quantity: number, id = shop.nextId(), expiresInSeconds = 60) =>
      (await shop.billing.reserve({ organizationId, feature: 'tokens', id, quantity, expiresInSeconds })).reservation
    const settle = (reservationId: string | undefined, quantity: number) =>
      shop.billing.settleReservation({ organizationId, reservationId: reservationId ?? '', quantity })
    const release = (reservationId: string | undefined) =>
      shop.billing.releaseReservation({ organizationId, reservationId: reservationId ?? '' })
    return { organizationId, reserve, settle, release, ...usageActions(shop.billing, organizationId) }
  }

  it('holds room that nobody else can use, and gives back what was not needed', async () => {
    const { reserve, settle, take, entitlement, used } = await fresh()
    const held = await reserve(900)
    expect(await entitlement('tokens')).toMatchObject({ used: 0, reserved: 900, remaining: 100 })
    expect(await take('tokens', 101)).toMatchObject({ allowed: false })
    expect(await reserve(101)).toBeNull()
    expect(await settle(held?.id, 250)).toMatchObject({ status: 'settled' })
    expect(await entitlement('tokens')).toMatchObject({ used: 250, reserved: 0, remaining: 750 })
    expect(await settle(held?.id, 250)).toMatchObject({ status: 'settled' })
    await expect(settle(held?.id, 251)).rejects.toMatchObject({ code: 'reservation_over', status: 409 })
    expect(await used('tokens')).toBe(250)
  })
  it('gives the last room to one of twenty who ask at once, and one settling of ten counts', async () => {
    const { reserve, settle, take, used } = await fresh()
    await take('tokens', 500)
    const all = await Promise.all(Array.from({ length: 20 }, () => reserve(300)))
    const [held, ...others] = all.filter((one) => one !== null)
    expect(others).toEqual([])
    const settled = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => settle(held?.id, 100 + (n % 2))))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect([600, 601]).toContain(await used('tokens'))
  })
  it('holds nothing once it has expired, and counts late work where there is room', async () => {
    const { reserve, settle, take, entitlement } = await fresh()
    const first = await reserve(800)
    const second = await reserve(150)
    shop.billing.clock.advanceMs(60_000)
    expect(await entitlement('tokens')).toMatchObject({ reserved: 0, remaining: 1000 })
    expect(await take('tokens', 500)).toMatchObject({ allowed: true })
    await expect(settle(first?.id, 800)).rejects.toMatchObject({ code: 'limit_reached', status: 409 })
    expect(await settle(second?.id, 150)).toMatchObject({ status: 'settled' })
    expect(await settle(first?.id, 350)).toMatchObject({ status: 'settled' })
    expect(await entitlement('tokens')).toMatchObject({ used: 1000, reserved: 0 })
  })
  it('counts more than was reserved where there is room, and changes nothing where there is none', async () => {
    const { reserve, settle, take, entitlement } = await fresh()
    await take('tokens', 800)
    const held = await reserve(100)
    await expect(settle(held?.id, 201)).rejects.toMatchObject({ code: 'limit_reached' })
    expect(await entitlement('tokens')).toMatchObject({ used: 800, reserved: 100 })
    expect(await settle(held?.id, 200)).toMatchObject({ status: 'settled' })
    expect(await entitlement('tokens')).toMatchObject({ used: 1000, remaining: 0 })
  })
  it('always counts what was held, though the limit was passed meanwhile', async () => {
    const { reserve, settle, record, used } = await fresh()
    const held = await reserve(100)
    await record({ id: 'reported', meter: 'tokens', quantity: 5000 })
    expect(await settle(held?.id, 100)).toMatchObject({ status: 'settled' })
    expect(await used('tokens')).toBe(5100)
  })
  it('gives back all of it, and cannot be settled then', async () => {
    const { reserve, settle, release, entitlement } = await fresh()
    const held = await reserve(400)
    expect(await release(held?.id)).toMatchObject({ status: 'released' })
    expect(await release(held?.id)).toMatchObject({ status: 'released' })
    expect(await entitlement('tokens')).toMatchObject({ reserved: 0, remaining: 1000 })
    await expect(settle(held?.id, 1)).rejects.toMatchObject({ code: 'reservation_over' })
  })
  it('answers the same reservation to the same id, and refuses another under it', async () => {
    const { reserve, settle, take } = await fresh()
    const held = await reserve(10, 'job')
    expect((await reserve(10, 'job'))?.id).toBe(held?.id)
    await expect(reserve(11, 'job')).rejects.toMatchObject({ code: 'reservation_conflict' })
    await settle(held?.id, 4)
    await expect(reserve(10, 'job')).rejects.toMatchObject({ code: 'usage_conflict' })
    expect(await take('tokens', 4, 'job')).toMatchObject({ isDuplicate: true })
  })
  it('belongs to its organization', async () => {
    const { reserve } = await fresh()
    const held = await reserve(10)
    const other = await fresh()
    await expect(other.settle(held?.id, 1)).rejects.toMatchObject({ code: 'reservation_not_found', status: 404 })
    await expect(other.release(held?.id)).rejects.toMatchObject({ code: 'reservation_not_found', status: 404 })
  })
  it('works over HTTP', async () => {
    const post = (path: string, body: unknown) =>
      shop.billing.call('POST', `/api/v1${path}`, { organization: 'acme', body })
    const held = await post('/entitlements/tokens/reserve/', { id: 'h', quantity: 7 })
    expect(held).toMatchObject({
      status: 200,
      json: { reservation: { status: 'held', quantity: 7 }, entitlement: { allowed: true, reserved: 7 } },
    })
    const { id } = (held.json as { reservation: { id: string } }).reservation
    expect(await post(`/reservations/${id}/settle/`, { quantity: 3 })).toMatchObject({
      status: 200,
      json: { status: 'settled', settled_quantity: 3 },
    })
    expect(await post(`/reservations/${id}/release/`, {})).toMatchObject({
      status: 409,
      json: { code: 'reservation_over' },
    })
    expect(await post('/reservations/bhres_0/settle/', { quantity: 3 })).toMatchObject({ status: 404 })
    expect(await post('/entitlements/tokens/reserve/', { id: 'i', expires_in_seconds: 10_000_000 })).toMatchObject({
      status: 400,
      json: { code: 'invalid_expiry' },
    })
  })
})

describeWithPostgres('consuming in several processes', () => {
  it('takes no more than there is at concurrency 32, counts each once, and tells a threshold once', async () => {
    const { url, drop } = await createTestDatabase()
    const services = await Promise.all(
      [1, 2].map(async () =>
        createTestBilling({ database: await openPostgres({ url, logger: silentLogger }), at: '2026-03-15T12:00:00Z' }),
      ),
    )
    const [first] = services
    if (!first) throw new Error('there is a first one')
    await first.createMeter({ key: 'tokens', aggregation: 'sum' })
    await first.createPlan({ key: 'free', name: 'Free', isDefault: true, limits: { tokens: limits.tokens } })
    const organizationId = await addOrganizationIn(first, 'acme')
    let next = 0
    const taken: number[] = []
    const worker = async (service: (typeof services)[number]) => {
      for (let n = next++; n < 600; n = next++) {
        const quantity = 1 + (n % 5)
        const { allowed } = await service.consume({ organizationId, feature: 'tokens', id: `c${n}`, quantity })
        if (allowed) taken.push(quantity)
      }
    }
    await Promise.all(services.flatMap((service) => Array.from({ length: 16 }, () => worker(service))))
    const sum = taken.reduce((a, b) => a + b, 0)
    expect(sum).toBeGreaterThan(995)
    expect(sum).toBeLessThanOrEqual(1000)
    for (const service of services)
      expect(await service.getUsage({ organizationId, meter: 'tokens' })).toMatchObject({ value: sum })
    const told = await listEvents(first, organizationId, { type: 'usage.threshold_reached' })
    expect(told.map(({ data }) => data.threshold)).toEqual(sum === 1000 ? [80, 100] : [80])
    for (const service of services) await service.close()
    await drop()
  })
})
