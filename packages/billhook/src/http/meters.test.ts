import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestBilling, type TestBilling } from '../testing/create-test-billing.ts'

let billing: TestBilling
beforeAll(async () => {
  billing = await createTestBilling()
  const fields = { name: 'Acme', email: 'a@a.test', country: 'US', currency: 'USD', timezone: 'UTC' }
  await billing.call('POST', '/api/v1/organizations/', { body: { external_id: 'acme', ...fields } })
})
afterAll(() => billing.close())

const post = (path: string, body: unknown) => billing.call('POST', `/api/v1${path}`, { body })
const code = (answer: { json: unknown }): unknown => Object(answer.json).code

describe('meters', () => {
  it('are made once, shown to everybody, and found by key and id', async () => {
    const wanted = {
      key: 'tokens',
      aggregation: 'sum',
      property: 'tokens',
      filters: { kind: ['chat', 'batch'] },
      group_by: ['model'],
    }
    const made = await post('/meters/', wanted)
    expect(made).toMatchObject({ status: 201, json: { ...wanted, name: 'tokens' } })
    expect(await post('/meters/', wanted)).toMatchObject({ status: 409, json: { code: 'meter_exists' } })
    const asAcme = (path: string) => billing.call('GET', `/api/v1${path}`, { organization: 'acme' })
    expect((await asAcme('/meters/')).json).toMatchObject({ data: [wanted], has_more: false })
    expect((await asAcme('/meters/tokens/')).json).toEqual(made.json)
    expect((await asAcme(`/meters/${Object(made.json).id}/`)).json).toEqual(made.json)
    expect(await asAcme('/meters/nothing/')).toMatchObject({ status: 404, json: { code: 'meter_not_found' } })
  })
  it.each([
    ['a key with spaces', { key: 'a b', aggregation: 'count' }, 'invalid_key'],
    ['an aggregation that there is not', { key: 'a', aggregation: 'median' }, 'invalid_request'],
    ['unique without a property', { key: 'a', aggregation: 'unique' }, 'invalid_meter'],
    ['count of a property', { key: 'a', aggregation: 'count', property: 'b' }, 'invalid_meter'],
    ['four groups', { key: 'a', aggregation: 'count', group_by: ['a', 'b', 'c', 'd'] }, 'invalid_meter'],
    ['a filter without values', { key: 'a', aggregation: 'count', filters: { a: [] } }, 'invalid_meter'],
    ['a filter with a NUL', { key: 'a', aggregation: 'count', filters: { a: ['\u0000'] } }, 'invalid_meter'],
  ])('cannot have %s', async (_, body, expected) => {
    expect([(await post('/meters/', body)).status, code(await post('/meters/', body))]).toEqual([400, expected])
  })
  it('count what passes their filters, by the property that they name, apart by group', async () => {
    const event = (id: string, kind: string, tokens: unknown, model?: string) => ({
      id,
      meter: 'tokens',
      properties: { kind, tokens, ...(model ? { model } : {}) },
    })
    const events = [
      event('1', 'chat', 5, 'a'),
      event('2', 'other', 100, 'a'),
      event('3', 'batch', '2.5', 'b'),
      event('4', 'chat', 1),
    ]
    const sent = await billing.call('POST', '/api/v1/usage/', { organization: 'acme', body: { events } })
    expect(sent).toMatchObject({ status: 200, json: { accepted: 4 } })
    const read = (query: string) => billing.call('GET', `/api/v1/usage/?meter=tokens${query}`, { organization: 'acme' })
    expect((await read('')).json).toMatchObject({ value: 8.5, data: [] })
    expect((await read('&group_by=model&by=day')).json).toMatchObject({
      data: [
        { day: '2026-01-31', group: '', value: 1 },
        { day: '2026-01-31', group: 'a', value: 5 },
        { day: '2026-01-31', group: 'b', value: 2.5 },
      ],
    })
    expect(code(await read('&group_by=kind'))).toBe('invalid_group')
    expect(code(await read('&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z'))).toBe('invalid_range')
    expect(code(await read('&from=0001-01-01T00:00:00Z'))).toBe('invalid_range')
    expect(code(await read('&from=9999-12-31T23:00:00Z&to=9999-12-31T23:30:00Z'))).toBe('invalid_range')
    expect((await billing.call('GET', '/api/v1/usage/?meter=none', { organization: 'acme' })).status).toBe(404)
  })
})

describe('limits of plans', () => {
  const plan = (limits: unknown) => post('/plans/', { key: 'limited', name: 'Limited', limits })
  it.each([
    ['a fraction', { a: 1.5 }, 'invalid_request'],
    ['a term that there is not', { a: { limit: 1, colour: 'red' } }, 'invalid_request'],
    ['a meter that there is not', { a: { limit: 1, meter: 'none' } }, 'unknown_meter'],
    ['a window without a meter', { a: { limit: 1, window: 'lifetime' } }, 'invalid_limits'],
    [
      'a rolling window of nothing',
      { a: { limit: 1, meter: 'tokens', window: { rolling: 'PT0S' } } },
      'invalid_limits',
    ],
    [
      'a rolling window of words',
      { a: { limit: 1, meter: 'tokens', window: { rolling: 'a month' } } },
      'invalid_limits',
    ],
    [
      'thresholds in a rolling window',
      { a: { limit: 1, meter: 'tokens', window: { rolling: 'P1D' }, thresholds: [50] } },
      'invalid_limits',
    ],
    ['thresholds that fall', { a: { limit: 1, meter: 'tokens', thresholds: [80, 50] } }, 'invalid_limits'],
  ])('cannot be %s', async (_, limits, expected) => {
    const answer = await plan(limits)
    expect([answer.status, code(answer)]).toEqual([400, expected])
  })
  it('stand in the plan as they were written', async () => {
    const limits = {
      ...{ seats: 5, projects: null },
      tokens: {
        limit: 1000,
        meter: 'tokens',
        window: 'billing_month',
        soft: true,
        thresholds: [50, 100],
        above: 'read_only',
      },
      burst: { limit: null, meter: 'tokens', window: { rolling: 'PT1H' } },
    }
    expect(await plan(limits)).toMatchObject({ status: 201, json: { limits } })
    expect(
      (await billing.call('PATCH', '/api/v1/plans/limited/', { body: { limits: { a: { limit: 1, meter: 'none' } } } }))
        .status,
    ).toBe(400)
    expect((await billing.call('GET', '/api/v1/plans/limited/')).json).toMatchObject({ limits })
  })
})
