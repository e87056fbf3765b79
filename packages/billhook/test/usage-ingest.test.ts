import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from './support/databases.ts'
import { selectRows } from './support/sandbox-shop.ts'
import { openUsageShop, type UsageShop } from './support/usage-shop.ts'

const partitions = (shop: UsageShop) =>
  selectRows(shop.billing, `select inhrelid from pg_inherits where inhparent = 'billhook.usage_events'::regclass`)

describe.each(databases)('usage that comes in, on $name', ({ open }) => {
  let shop: UsageShop
  beforeAll(async () => {
    shop = await openUsageShop({ database: await open(), at: '2026-03-15T12:00:00Z' })
  })
  afterAll(() => shop.close())

  const post = (body: unknown, contentType = 'application/json') =>
    shop.billing.call('POST', '/api/v1/usage/', {
      organization: 'acme',
      body,
      headers: { 'content-type': contentType },
    })

  it('counts an event once, however often it is sent', async () => {
    const event = { id: 'once', meter: 'tokens', quantity: 2.5, properties: { model: 'a', batch: true } }
    expect(await shop.record(event)).toEqual({ accepted: 1, adjustments: 0, duplicates: 0, rejected: [] })
    const again = await shop.record(event, { ...event, properties: { batch: true, model: 'a' } })
    expect(again).toMatchObject({ accepted: 0, duplicates: 2 })
    expect(await shop.used('tokens')).toBe(2.5)
  })
  it('knows an id within its meter', async () => {
    const both = await shop.record({ id: 'same', meter: 'calls' }, { id: 'same', meter: 'tokens', quantity: 1 })
    expect(both).toMatchObject({ accepted: 2, duplicates: 0 })
  })
  it('refuses the same id with other words: 409 when alone, by name in a batch', async () => {
    const sent = (quantity: number) => ({ id: 'changed', meter: 'tokens', quantity })
    expect((await post(sent(1))).status).toBe(200)
    expect(await post(sent(2))).toMatchObject({ status: 409, json: { code: 'usage_conflict' } })
    expect(await post({ events: [sent(2)] })).toMatchObject({ status: 409, json: { code: 'usage_conflict' } })
    expect(await post({ events: [sent(2), { id: 'other', meter: 'calls' }, sent(1)] })).toMatchObject({
      status: 200,
      json: { accepted: 1, duplicates: 1, rejected: [{ index: 0, id: 'changed', code: 'usage_conflict' }] },
    })
  })
  it('takes the first of two in one batch', async () => {
    const twice = await shop.record(
      { id: 'twice', meter: 'tokens', quantity: 1 },
      { id: 'twice', meter: 'tokens', quantity: 2 },
      { id: 'twice', meter: 'tokens', quantity: 1 },
    )
    expect(twice).toMatchObject({ accepted: 1, duplicates: 1, rejected: [{ index: 1, code: 'usage_conflict' }] })
  })

  const bad: Array<[string, Record<string, unknown>, string]> = [
    ['an unknown meter', { meter: 'nothing' }, 'unknown_meter'],
    ['a negative quantity', { quantity: -1 }, 'invalid_quantity'],
    ['no number', { quantity: Number.NaN }, 'invalid_quantity'],
    ['1e300', { quantity: 1e300 }, 'invalid_quantity'],
    ['a quantity with an exponent as text', { quantity: '1e3' }, 'invalid_quantity'],
    ['the year 3000', { occurred_at: '3000-01-01T00:00:00Z' }, 'occurred_in_future'],
    ['last year', { occurred_at: '2025-03-01T00:00:00Z' }, 'too_late'],
    ['a time that is none', { occurred_at: '2026-02-30' }, 'invalid_occurred_at'],
    ['a day that there is not', { occurred_at: '2026-02-30T00:00:00Z' }, 'invalid_occurred_at'],
    ['an id of 10 kB', { id: 'x'.repeat(10_240) }, 'invalid_id'],
    ['no id', { id: undefined }, 'invalid_id'],
    ['an id with a NUL', { id: 'a\u0000b' }, 'invalid_id'],
    ['half a surrogate', { properties: { a: '\ud800' } }, 'invalid_properties'],
    ['properties within properties', { properties: { a: { b: 1 } } }, 'invalid_properties'],
    ['a property of 10 kB', { properties: { a: 'x'.repeat(10_240) } }, 'invalid_properties'],
    ['a missing property', { meter: 'peak' }, 'missing_property'],
    ['a property that is no number', { meter: 'peak', properties: { users: 'many' } }, 'invalid_quantity'],
  ]
  it.each(bad)('refuses %s by name and takes the rest of the batch', async (name, fields, code) => {
    const wrong = { id: `bad ${name}`, meter: 'tokens', ...fields }
    const answer = await post({
      events: [{ id: `good before ${name}`, meter: 'calls' }, wrong, { id: `good after ${name}`, meter: 'calls' }],
    })
    expect(answer).toMatchObject({ status: 200, json: { accepted: 2, rejected: [{ index: 1, code }] } })
    expect(await post(wrong)).toMatchObject({ status: 400, json: { code } })
    expect(answer.text.length).toBeLessThan(1_000)
  })
  it('refuses by name what only a caller in the process can say, and takes the rest', async () => {
    const quantities = [Number.NaN, Number.POSITIVE_INFINITY, -0.5, 1e300, 1]
    const events = quantities.map((quantity, n) => ({ id: `in process ${n}`, meter: 'tokens', quantity }))
    const { accepted, rejected } = await shop.record(...events)
    expect([accepted, rejected.map(({ index, code }) => [index, code])]).toEqual([
      1,
      [0, 1, 2, 3].map((index) => [index, 'invalid_quantity']),
    ])
  })
  it('refuses what is no event at all among good ones', async () => {
    const answer = await post({ events: [null, 7, [], { id: 'good among none', meter: 'calls' }] })
    expect(answer).toMatchObject({ json: { accepted: 1, rejected: [{ index: 0 }, { index: 1 }, { index: 2 }] } })
  })
  it('refuses too many at once, none, and what is no JSON, and counts nothing of them', async () => {
    const before = await shop.used('calls')
    const many = Array.from({ length: 10_001 }, (_, n) => ({ id: `m${n}`, meter: 'calls' }))
    expect(await post({ events: many })).toMatchObject({ status: 400, json: { code: 'too_many_events' } })
    expect(await post({ events: [] })).toMatchObject({ status: 400, json: { code: 'no_events' } })
    expect(await post({ events: 'all' })).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    expect(await post([])).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
    const broken = new Request(`${shop.billing.baseUrl}/api/v1/usage/`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer bh_test_key_for_the_platform_0123456789',
        'content-type': 'application/json',
        'x-organization-id': 'acme',
      },
      body: '{"events": [',
    })
    expect(await (await shop.billing.handler(broken)).json()).toMatchObject({ code: 'invalid_json' })
    expect(await shop.used('calls')).toBe(before)
  })
  it('takes a thousand at once', async () => {
    const before = await shop.used('calls')
    const thousand = Array.from({ length: 1_000 }, (_, n) => ({
      id: `k${n}`,
      meter: 'calls',
      properties: { route: `/${n % 3}` },
    }))
    expect(await post({ events: thousand })).toMatchObject({ status: 200, json: { accepted: 1_000, rejected: [] } })
    expect(await shop.used('calls')).toBe(before + 1_000)
  })

  it('takes CloudEvents, one or several, each known by its source and id', async () => {
    const before = await shop.used('tokens')
    const event = {
      specversion: '1.0',
      id: 'ce-1',
      source: '/service',
      type: 'tokens',
      time: '2026-03-15T11:00:00+00:00',
      data: { quantity: 3, model: 'b' },
    }
    const one = await post(event, 'application/cloudevents+json')
    expect(one).toMatchObject({ status: 200, json: { accepted: 1 } })
    const batch = [event, { ...event, source: '/other' }]
    const more = await post(batch, 'application/cloudevents-batch+json; charset=utf-8')
    expect(more).toMatchObject({ json: { accepted: 1, duplicates: 1 } })
    expect(await shop.used('tokens')).toBe(before + 6)
  })

  it('lets a key with the usage scope count and nothing else', async () => {
    const made = await shop.billing.createApiKey({
      ...{ organizationId: shop.organizationId, name: 'sender' },
      scopes: ['usage'],
      actor: 'test',
    })
    const call = (method: string, path: string, body?: unknown) =>
      shop.billing.call(method, path, { key: made.plainKey, body })
    expect((await call('POST', '/api/v1/usage/', { id: 'by key', meter: 'calls' })).status).toBe(200)
    expect((await call('GET', '/api/v1/usage/?meter=calls')).status).toBe(403)
    expect((await call('POST', '/api/v1/grants/', { feature: 'a', value: true, reason: 'b' })).status).toBe(403)
    const reader = await shop.billing.createApiKey({
      ...{ organizationId: shop.organizationId, name: 'reader' },
      scopes: ['read', 'write'],
      actor: 'test',
    })
    const refused = await shop.billing.call('POST', '/api/v1/usage/', {
      key: reader.plainKey,
      body: { id: 'x', meter: 'calls' },
    })
    expect(refused.status).toBe(403)
  })
})

describe.each(databases)('the time of usage, on $name', ({ open }) => {
  let shop: UsageShop
  beforeAll(async () => {
    shop = await openUsageShop({ database: await open(), at: '2026-03-02T12:00:00Z' })
  })
  afterAll(() => shop.close())

  it('counts what is late in the open period, within the grace, and says so', async () => {
    const late = await shop.record({ id: 'late', meter: 'tokens', quantity: 5, occurredAt: '2026-02-28T23:59:59Z' })
    expect(late).toMatchObject({ accepted: 1, adjustments: 1 })
    expect(await shop.used('tokens')).toBe(5)
    const { organizationId } = shop
    const february = { from: new Date('2026-02-01T00:00:00Z'), to: new Date('2026-03-01T00:00:00Z') }
    expect(await shop.billing.getUsage({ organizationId, meter: 'tokens', ...february })).toMatchObject({ value: 0 })
  })
  it('refuses what is later than that by name', async () => {
    const tooLate = await shop.record({ id: 'too late', meter: 'tokens', occurredAt: '2026-02-23T11:59:59Z' })
    expect(tooLate.rejected).toMatchObject([{ code: 'too_late' }])
  })
  it('takes a clock that is a little ahead as ours', async () => {
    const ahead = await shop.record({ id: 'ahead', meter: 'calls', occurredAt: '2026-03-02T12:05:00Z' })
    expect(ahead).toMatchObject({ accepted: 1, adjustments: 0 })
    expect(await shop.record({ id: 'more', meter: 'calls', occurredAt: '2026-03-02T12:05:00.001Z' })).toMatchObject({
      rejected: [{ code: 'occurred_in_future' }],
    })
  })
  it('knows an id for 35 days, though its month is over', async () => {
    const first = { id: 'long known', meter: 'calls' }
    await shop.record(first)
    shop.billing.clock.advanceMs(34 * 86_400_000)
    expect(await shop.record(first)).toMatchObject({ duplicates: 1 })
  })
})

describe.each(databases)('an id in a window that stays open, on $name', ({ open }) => {
  it('is known as long as the window is open', async () => {
    const limits = { ever: { limit: 100, meter: 'tokens', window: 'lifetime' as const } }
    const shop = await openUsageShop({ database: await open(), at: '2026-01-10T00:00:00Z', limits })
    const events = [1, 2].map((n) => ({ id: `e${n}`, meter: 'tokens', quantity: n }))
    await shop.record(...events)
    shop.billing.clock.set('2026-07-20T00:00:00Z')
    expect(await shop.record(...events)).toMatchObject({ accepted: 0, duplicates: 2 })
    await expect(shop.take('ever', 3, 'e2')).rejects.toMatchObject({ code: 'usage_conflict' })
    expect(await shop.take('ever', 2, 'e2')).toMatchObject({ isDuplicate: true, used: 3 })
    await shop.close()
  })
})

describe.each(databases)('retention, on $name', ({ open }) => {
  it('drops the months that are old, and keeps what they came to', async () => {
    const shop = await openUsageShop({
      database: await open(),
      at: '2026-01-10T00:00:00Z',
      limits: { tokens: { limit: 100, meter: 'tokens', window: 'calendar_month' } },
      settings: { usageRetentionDays: 70 },
    })
    await shop.record({ id: 'old', meter: 'tokens', quantity: 7 })
    await shop.billing.reserve({ organizationId: shop.organizationId, feature: 'tokens', id: 'held' })
    const kept = async () => [
      (await selectRows(shop.billing, 'select 1 from billhook.usage_counters')).length,
      (await selectRows(shop.billing, 'select 1 from billhook.usage_reservations')).length,
    ]
    shop.billing.clock.set('2026-02-10T00:00:00Z')
    await shop.record({ id: 'newer', meter: 'tokens', quantity: 1 })
    const january = {
      organizationId: shop.organizationId,
      meter: 'tokens',
      from: new Date('2026-01-01T00:00:00Z'),
      to: new Date('2026-02-01T00:00:00Z'),
    }
    for (const [at, months] of [
      ['2026-04-11T00:00:00Z', 2],
      ['2026-04-12T00:00:01Z', 1],
    ] as const) {
      shop.billing.clock.set(at)
      await shop.billing.runJobs()
      expect(await partitions(shop)).toHaveLength(months)
    }
    // February's counter is still there, January's and its reservation are not.
    expect(await kept()).toEqual([1, 0])
    expect(await shop.billing.getUsage(january)).toMatchObject({ value: 7 })
    await shop.close()
  })
})
