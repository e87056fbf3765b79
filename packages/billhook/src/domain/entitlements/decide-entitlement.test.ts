import { describe, expect, it } from 'vitest'
import { decideEntitlement, type PlanGrant } from './decide-entitlement.ts'

const plan = (features: PlanGrant['features'], limits: PlanGrant['limits'] = {}): PlanGrant => ({
  source: 'plan',
  features,
  limits,
})

describe('what plans entitle to', () => {
  it('gives a feature that any live plan gives', () => {
    expect(decideEntitlement('sso', [plan({ sso: false }), plan({ sso: true })])).toMatchObject({
      allowed: true,
      value: true,
      reason: 'plan',
    })
  })
  it('refuses what no plan gives, and says whether there was a plan at all', () => {
    expect(decideEntitlement('sso', [plan({ sso: false })])).toMatchObject({ allowed: false, reason: 'not_in_plan' })
    expect(decideEntitlement('sso', [])).toMatchObject({ allowed: false, value: null, reason: 'no_access' })
  })
  it('takes the widest limit, and no limit is wider than any', () => {
    expect(decideEntitlement('seats', [plan({}, { seats: 5 }), plan({}, { seats: 50 })])).toMatchObject({
      allowed: true,
      limit: 50,
      remaining: 50,
    })
    expect(decideEntitlement('seats', [plan({}, { seats: 5 }), plan({}, { seats: null })])).toMatchObject({
      allowed: true,
      limit: null,
    })
  })
  it('reads a limit of zero as not allowed', () => {
    expect(decideEntitlement('seats', [plan({}, { seats: 0 })])).toMatchObject({ allowed: false, limit: 0 })
  })
  it('knows nothing of names that only the prototype has', () => {
    expect(decideEntitlement('constructor', [plan({})])).toMatchObject({ allowed: false, limit: null })
  })
})
