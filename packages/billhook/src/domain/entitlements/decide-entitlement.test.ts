import { describe, expect, it } from 'vitest'
import type { LimitTerms } from '../../db/schema/catalog.ts'
import { wholeQuantity } from '../../primitives/index.ts'
import type { Meter } from '../meters/index.ts'
import { decideEntitlement, entitlementNames } from './decide-entitlement.ts'
import { type LimitUse, limitInForce } from './limit-in-force.ts'
import type { GrantInForce, Right, Rights } from './rights.ts'

const plan = (features: Right['features'], limits: Right['limits'] = {}, quantity = 1): Right => ({
  ...{ source: 'plan', features, limits, quantity },
  cycle: null,
})
const meter = (key: string, aggregation: Meter['aggregation']): [string, Meter] => [
  key,
  { id: key, key, name: key, aggregation, property: null, filters: {}, groupBy: [], createdAt: new Date(0) },
]
const grant = (feature: string, value: GrantInForce['value'], effect: 'set' | 'add' = 'set'): GrantInForce => ({
  ...{ feature, value, effect },
  expiresAt: null,
})
const rightsOf = (rights: Right[], grants: GrantInForce[] = [], readOnly: Right[] = []): Rights => ({
  now: new Date('2026-03-15T12:00:00Z'),
  timeZone: 'Europe/Berlin',
  ...{ rights, readOnly, grants, counters: [], held: new Map() },
  meters: new Map([meter('calls', 'sum'), meter('seats', 'last')]),
})
const decide = (feature: string, rights: Right[], grants?: GrantInForce[], use: LimitUse | null = null) => {
  const all = rightsOf(rights, grants)
  return decideEntitlement(feature, all, limitInForce(feature, all), use)
}
const used = (count: number, held = 0, highest?: number | null): LimitUse => ({
  ...{ used: wholeQuantity(count), held: wholeQuantity(held) },
  highest,
})

describe('what plans entitle to', () => {
  it('gives a feature that any live plan gives', () => {
    const answer = decide('sso', [plan({ sso: false }), plan({ sso: true })])
    expect(answer).toMatchObject({ allowed: true, value: true, reason: 'plan' })
  })
  it('refuses what no plan gives, and says whether there was a plan at all', () => {
    expect(decide('sso', [plan({ sso: false })])).toMatchObject({ allowed: false, reason: 'not_in_plan' })
    expect(decide('sso', [])).toMatchObject({ allowed: false, value: null, reason: 'no_access' })
  })
  it('says read_only of what a debt alone is in the way of, and of nothing else', () => {
    const owing = plan({ sso: true, audit: false }, { projects: 10 })
    const answer = (feature: string, rights: Right[] = [], grants: GrantInForce[] = []) => {
      const all = rightsOf(rights, grants, [owing])
      const { allowed, reason } = decideEntitlement(feature, all, limitInForce(feature, all), null)
      return [allowed, reason]
    }
    expect(answer('sso')).toEqual([false, 'read_only'])
    expect(answer('projects')).toEqual([false, 'read_only'])
    expect(answer('audit')).toEqual([false, 'no_access'])
    expect(answer('other', [plan({})])).toEqual([false, 'not_in_plan'])
    expect(answer('sso', [plan({ sso: true })])).toEqual([true, 'plan'])
    expect(answer('sso', [], [grant('sso', true)])).toEqual([true, 'grant'])
    expect(answer('sso', [], [grant('sso', false)])).toEqual([false, 'grant'])
  })
  it('takes the widest limit, and no limit is wider than any', () => {
    const wide = decide('seats', [plan({}, { seats: 5 }), plan({}, { seats: 50 })])
    expect(wide).toMatchObject({ allowed: true, limit: 50, remaining: 50, used: null })
    expect(decide('seats', [plan({}, { seats: 5 }), plan({}, { seats: null })])).toMatchObject({
      allowed: true,
      limit: null,
    })
  })
  it('reads a limit of zero as not allowed', () => {
    expect(decide('seats', [plan({}, { seats: 0 })])).toMatchObject({ allowed: false, limit: 0 })
  })
  it('knows nothing of names that only the prototype has', () => {
    expect(decide('constructor', [plan({})])).toMatchObject({ allowed: false, limit: null })
  })
  it('multiplies what is given per unit, and adds what add-ons give', () => {
    const seats: LimitTerms = { limit: 5, per: 'unit' }
    const extra: LimitTerms = { limit: 10, adds: true }
    expect(decide('seats', [plan({}, { seats }, 3)]).limit).toBe(15)
    expect(
      decide('seats', [plan({}, { seats }, 3), plan({}, { seats: extra }), plan({}, { seats: extra })]).limit,
    ).toBe(35)
    expect(decide('seats', [plan({}, { seats: extra }), plan({}, { seats: extra })]).limit).toBe(20)
    expect(decide('seats', [plan({}, { seats: null }), plan({}, { seats: extra })]).limit).toBeNull()
  })
  it('names what plans and grants mention', () => {
    expect(entitlementNames(rightsOf([plan({ b: true }, { a: 1 })], [grant('c', true)]))).toEqual(['a', 'b', 'c'])
  })
})

describe('what is given by hand', () => {
  it('gives without a plan, and takes away what a plan gives', () => {
    expect(decide('sso', [], [grant('sso', true)])).toMatchObject({ allowed: true, reason: 'grant' })
    expect(decide('sso', [plan({ sso: true })], [grant('sso', false)])).toMatchObject({
      allowed: false,
      reason: 'grant',
    })
    expect(decide('seats', [plan({}, { seats: 5 })], [grant('seats', false)])).toMatchObject({ allowed: false })
  })
  it('sets a limit in place of the plan’s, with the plan’s terms, and the last one counts', () => {
    const calls: LimitTerms = { limit: 100, meter: 'calls', window: 'calendar_month' }
    const answer = decide('calls', [plan({}, { calls })], [grant('calls', 500), grant('calls', 50)], used(10))
    expect(answer).toMatchObject({ limit: 50, used: 10, remaining: 40, reason: 'grant' })
    expect(answer.resetsAt).toEqual(new Date('2026-03-31T22:00:00Z'))
    expect(decide('calls', [plan({}, { calls })], [grant('calls', null)], used(1000))).toMatchObject({
      allowed: true,
      limit: null,
    })
  })
  it('adds to a limit', () => {
    expect(decide('seats', [plan({}, { seats: 5 })], [grant('seats', 3, 'add'), grant('seats', 2, 'add')]).limit).toBe(
      10,
    )
    expect(decide('seats', [], [grant('seats', 3, 'add')])).toMatchObject({ allowed: true, limit: 3, reason: 'grant' })
  })
  it('changes a feature’s number, where it is a feature', () => {
    expect(decide('size', [plan({ size: 10 })], [grant('size', 99)])).toMatchObject({ value: 99, limit: null })
  })
})

describe('what is used of a limit', () => {
  const calls = (terms: Partial<LimitTerms> = {}) => [plan({}, { calls: { limit: 100, meter: 'calls', ...terms } })]
  it('allows while there is room for more, with what is reserved counted in', () => {
    expect(decide('calls', calls(), [], used(99))).toMatchObject({ allowed: true, remaining: 1, reason: 'plan' })
    expect(decide('calls', calls(), [], used(90, 10))).toMatchObject({ allowed: false, remaining: 0, reserved: 10 })
    expect(decide('calls', calls(), [], used(100))).toMatchObject({ allowed: false, reason: 'limit_reached' })
  })
  it('never refuses at a soft limit', () => {
    const answer = decide('calls', calls({ soft: true }), [], used(130))
    expect(answer).toMatchObject({ allowed: true, limit: 100, remaining: 0, isSoft: true, reason: 'plan' })
  })
  it('lets a level stand at its limit, and not above', () => {
    const seats = (terms: Partial<LimitTerms> = {}) => [
      plan({}, { seats: { limit: 5, meter: 'seats', window: 'lifetime', ...terms } }),
    ]
    expect(decide('seats', seats(), [], used(5))).toMatchObject({ allowed: true, remaining: 0, resetsAt: null })
    expect(decide('seats', seats(), [], used(6))).toMatchObject({
      allowed: false,
      reason: 'limit_reached',
      above: 'block',
    })
    const readOnly = decide('seats', seats({ above: 'read_only' }), [], used(6))
    expect(readOnly).toMatchObject({ allowed: false, reason: 'read_only', above: 'read_only' })
  })
  it('lets the limit of before a downgrade rule until the window ends, where the plan says so', () => {
    const kept = calls({ above: 'until_reset' })
    expect(decide('calls', kept, [], used(300, 0, 500))).toMatchObject({ allowed: true, limit: 500, remaining: 200 })
    expect(decide('calls', kept, [], used(300, 0, null))).toMatchObject({ allowed: true, limit: null })
    expect(decide('calls', kept, [], used(500, 0, 500))).toMatchObject({ allowed: false })
    expect(decide('calls', calls(), [], used(300, 0, 500))).toMatchObject({ allowed: false, limit: 100 })
  })
})
