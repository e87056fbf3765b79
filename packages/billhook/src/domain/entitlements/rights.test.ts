import { describe, expect, it } from 'vitest'
import type { Counter, GivingSubscription, RightsRecord } from './rights.ts'
import { toRights } from './rights.ts'

const at = (day: number) => new Date(Date.UTC(2026, 2, day))
const counter = (startsAt: Date, endsAt: Date | null): Counter => ({
  ...{ meterId: 'calls', startsAt, endsAt, used: 5n, lastAt: null },
  ...{ highestLimits: {}, told: {} },
})
const subscription: GivingSubscription = {
  ...{ productLine: 'main', status: 'active', quantity: 1, provider: 'ahead', features: {}, limits: {}, addOns: [] },
  ...{ paidThroughAt: null, graceStartedAt: null, graceDays: 7, afterGrace: 'block', cancelAt: null, trialEnd: null },
  ...{ pauseKind: null, billingAnchorAt: at(1), currentPeriodStart: at(1), currentPeriodEnd: at(20) },
  ...{ interval: 'month', intervalCount: 1 },
}
const record: RightsRecord = {
  ...{ timeZone: 'UTC', defaultPlans: [], meters: new Map(), held: new Map() },
  subscriptions: [subscription],
  counters: [counter(at(1), at(10)), counter(at(2), at(11)), counter(at(3), null)],
  grants: [
    { feature: 'a', value: true, effect: 'set', expiresAt: at(10) },
    { feature: 'b', value: true, effect: 'set', expiresAt: at(11) },
  ],
}
/** The wall clock is nine days behind the clock that rules this organization. */
const clocks = { wall: at(1), byProvider: new Map([['ahead', at(10)]]), otherwise: at(1) }

describe('by the clock that rules the organization, though another one is behind', () => {
  it('a counter whose window is over is not counted by: nobody has kept it since', () => {
    expect(toRights(record, clocks).counters.map(({ startsAt }) => startsAt)).toEqual([at(2), at(3)])
    const unruled = toRights({ ...record, subscriptions: [] }, clocks)
    expect(unruled.counters).toHaveLength(3)
  })

  it('a grant that has expired gives nothing', () => {
    expect(toRights(record, clocks).grants.map(({ feature }) => feature)).toEqual(['b'])
  })
})
