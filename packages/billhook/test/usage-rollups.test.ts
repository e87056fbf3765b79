import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Aggregation } from '../src/domain/meters/meter.ts'
import { databases } from './support/databases.ts'
import { addOrganizationIn, openUsageShop, type UsageShop, usageActions } from './support/usage-shop.ts'

// The organization's clocks go forward on 29 March and back on 25 October; its days begin at another time than UTC's.
const timezone = 'Europe/Berlin'
const minute = 60_000

interface Fact {
  atMs: number
  value: number
  group: string
}

/** What the meter is to say of some facts: the definition, in words that have nothing to do with how it is kept. */
const meanings: Record<Aggregation, (facts: Fact[]) => number> = {
  count: (facts) => facts.length,
  sum: (facts) => facts.reduce((sum, { value }) => sum + Math.round(value * 10), 0) / 10,
  max: (facts) => Math.max(0, ...facts.map(({ value }) => value)),
  last: (facts) => facts.toSorted((a, b) => a.atMs - b.atMs || a.value - b.value).at(-1)?.value ?? 0,
  unique: (facts) => new Set(facts.map(({ value }) => value)).size,
}
const aggregations = Object.keys(meanings) as Aggregation[]
const propertyOf = (aggregation: Aggregation) => (aggregation === 'count' ? null : 'size')

const dayOf = (atMs: number): string => new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(atMs)
const pieces = (facts: Fact[], keyOf: (fact: Fact) => string): Array<[string, Fact[]]> =>
  [...Map.groupBy(facts, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1))

describe.each(databases)('what is kept of usage, on $name', ({ open }) => {
  let shop: UsageShop
  beforeAll(async () => {
    const limits = Object.fromEntries(
      aggregations.flatMap((key) => [
        [`${key}-month`, { limit: 1_000_000, meter: `any-${key}`, window: 'calendar_month' as const }],
        [`${key}-ever`, { limit: 1_000_000, meter: `any-${key}`, window: 'lifetime' as const }],
        [`${key}-day`, { limit: 1_000_000, meter: `any-${key}`, window: { rolling: 'PT36H' } }],
      ]),
    )
    shop = await openUsageShop({ database: await open(), timezone, settings: { usageLateDays: 30 } })
    for (const aggregation of aggregations) {
      const property = propertyOf(aggregation)
      await shop.billing.createMeter({ key: `any-${aggregation}`, aggregation, property, groupBy: ['kind'] })
    }
    await shop.billing.changePlan({ planId: 'free', limits })
  })
  afterAll(() => shop.close())

  const facts = (startMs: number, lengthMs: number) =>
    fc.array(
      fc.record({
        atMs: fc
          .oneof(
            fc.integer({ min: 0, max: lengthMs }),
            fc.constantFrom(0, lengthMs, lengthMs / 2, 15 * minute, 15 * minute - 1),
          )
          .map((ms) => startMs + Math.floor(ms)),
        value: fc.integer({ min: 0, max: 50 }).map((tenths) => tenths / 10),
        group: fc.constantFrom('a', 'b', ''),
      }),
      { minLength: 1, maxLength: 40 },
    )

  /** Sends the facts in batches as they come, and compares every way of reading with what they mean. */
  async function compare(all: Fact[], batchSize: number, edges: [number, number]): Promise<void> {
    const organizationId = await addOrganizationIn(shop.billing, shop.nextId(), timezone)
    const { record, entitlement } = usageActions(shop.billing, organizationId)
    for (const meter of aggregations.map((aggregation) => `any-${aggregation}`)) {
      const events = all.map(({ atMs, value, group }, n) => ({
        ...{ id: `e${n}`, meter, occurredAt: new Date(atMs) },
        properties: { size: value, ...(group === '' ? {} : { kind: group }) },
      }))
      for (let n = 0; n < events.length; n += batchSize) {
        const batch = events.slice(n, n + batchSize)
        expect(await record(...batch, ...batch.slice(0, 1))).toMatchObject({
          accepted: batch.length,
          adjustments: 0,
          rejected: [],
        })
      }
    }
    const [fromMs, toMs] = edges
    const range = { from: new Date(fromMs), to: new Date(toMs) }
    const inRange = all.filter(({ atMs }) => fromMs <= atMs && atMs < toMs)
    const rollingFrom = shop.billing.clock.now().getTime() - 36 * 60 * minute
    for (const aggregation of aggregations) {
      const meaning = meanings[aggregation]
      const read = (cut: { by?: 'day'; groupBy?: string } = {}) =>
        shop.billing.getUsage({ organizationId, meter: `any-${aggregation}`, ...range, ...cut })
      expect((await read()).value, aggregation).toBe(meaning(inRange))
      expect((await read({ by: 'day' })).parts, `${aggregation} by day`).toEqual(
        pieces(inRange, ({ atMs }) => dayOf(atMs)).map(([day, some]) => ({ day, group: null, value: meaning(some) })),
      )
      expect((await read({ groupBy: 'kind' })).parts, `${aggregation} by group`).toEqual(
        pieces(inRange, ({ group }) => group).map(([group, some]) => ({ day: null, group, value: meaning(some) })),
      )
      expect((await entitlement(`${aggregation}-month`)).used, `${aggregation} this month`).toBe(meaning(all))
      expect((await entitlement(`${aggregation}-ever`)).used, `${aggregation} ever`).toBe(meaning(all))
      const recent = all.filter(({ atMs }) => atMs > rollingFrom)
      expect((await entitlement(`${aggregation}-day`)).used, `${aggregation} rolling`).toBe(meaning(recent))
    }
  }

  it.each([
    ['the hour that is skipped', '2026-03-28T22:00:00Z', 30],
    ['the hour that comes twice', '2026-10-24T21:00:00Z', 30],
    ['the end of a month, and the first days of it', '2026-03-01T12:00:00Z', 30 * 24],
    ['an hour or two', '2026-06-10T11:59:59.999Z', 2],
  ])(
    'is what the events come to, around %s',
    async (_, start, hours) => {
      const startMs = Date.parse(start)
      const lengthMs = hours * 60 * minute
      // The last moment of all facts: everything before it in the month is open.
      shop.billing.clock.set(new Date(startMs + lengthMs))
      const edge = fc.integer({ min: -minute, max: lengthMs + minute }).map((ms) => startMs + ms)
      const edges = fc
        .tuple(edge, edge)
        .filter(([a, b]) => a !== b)
        .map(([a, b]): [number, number] => (a < b ? [a, b] : [b, a]))
      const runs = fc.asyncProperty(facts(startMs, lengthMs), fc.integer({ min: 1, max: 15 }), edges, compare)
      await fc.assert(runs, { numRuns: 6, seed: 20260315 })
    },
    240_000,
  )

  it('is the same however many write at once', async () => {
    shop.billing.clock.set('2026-05-20T10:00:00Z')
    const organizationId = await addOrganizationIn(shop.billing, shop.nextId(), timezone)
    const { record, take, entitlement } = usageActions(shop.billing, organizationId)
    const sent = Array.from({ length: 60 }, (_, n) => ({
      id: `e${n % 40}`,
      meter: 'any-sum',
      properties: { size: (n % 40) / 10 },
    }))
    await Promise.all(sent.flatMap((event) => [record(event), take('sum-month', 0.5)]))
    const expected = (40 * 39) / 20 + 30
    expect((await entitlement('sum-month')).used).toBe(expected)
    expect((await entitlement('sum-ever')).used).toBe(expected)
    expect((await shop.billing.getUsage({ organizationId, meter: 'any-sum' })).value).toBe(expected)
  })

  it('begins a counter with what was counted before there was a limit', async () => {
    shop.billing.clock.set('2026-05-20T10:07:00Z')
    const organizationId = await addOrganizationIn(shop.billing, shop.nextId(), timezone)
    const { record, take, entitlement } = usageActions(shop.billing, organizationId)
    await record(
      { id: 'a', meter: 'tokens', quantity: 5 },
      { id: 'v', meter: 'visitors', properties: { visitor: 'x' } },
    )
    const later = { limit: 6, window: 'lifetime' as const, thresholds: [] }
    const given = { organizationId, reason: 'later', actor: 'test' }
    await shop.billing.createGrant({ ...given, feature: 'later', value: { ...later, meter: 'tokens' } })
    await shop.billing.createGrant({ ...given, feature: 'people', value: { ...later, meter: 'visitors' } })
    expect(await entitlement('later')).toMatchObject({ used: 5, remaining: 1 })
    expect(await take('later', 2)).toMatchObject({ allowed: false })
    expect(await take('later', 1)).toMatchObject({ allowed: true, used: 6 })
    await record(
      { id: 'w', meter: 'visitors', properties: { visitor: 'x' } },
      { id: 'y', meter: 'visitors', properties: { visitor: 'y' } },
    )
    expect(await entitlement('people')).toMatchObject({ used: 2 })
  })
})
