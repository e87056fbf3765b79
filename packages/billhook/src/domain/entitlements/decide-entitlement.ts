import type { FeatureValue, LimitValue } from '../../db/schema/index.ts'
import type { Entitlement } from './entitlement.ts'

/** What a plan gives, and why it counts. */
export interface PlanGrant {
  source: 'plan' | 'default_plan'
  features: Record<string, FeatureValue>
  limits: Record<string, LimitValue>
}

const isOn = (value: FeatureValue): boolean => value !== false && value !== 0 && value !== ''

const gives = (grant: PlanGrant, feature: string): boolean =>
  Object.hasOwn(grant.features, feature) && isOn(grant.features[feature] ?? false)

/** The larger of two limits; null is unlimited. */
const wider = (a: LimitValue, b: LimitValue): LimitValue => (a === null || b === null ? null : Math.max(a, b))

/** Pure: the union over everything that gives. One name may be a feature, a limit or both. */
export function decideEntitlement(feature: string, grants: readonly PlanGrant[]): Entitlement {
  const giving = grants.filter((grant) => Object.hasOwn(grant.limits, feature) || gives(grant, feature))
  const limits = grants.flatMap((grant) =>
    Object.hasOwn(grant.limits, feature) ? [grant.limits[feature] ?? null] : [],
  )
  const hasLimit = limits.length > 0
  const limit = hasLimit ? limits.reduce(wider) : null
  const values = grants.flatMap((grant) =>
    Object.hasOwn(grant.features, feature) ? [grant.features[feature] ?? false] : [],
  )
  const value = values.find(isOn) ?? values[0] ?? null
  const allowed = giving.length > 0 && limit !== 0
  return {
    feature,
    allowed,
    value,
    limit,
    used: null,
    remaining: limit,
    resetsAt: null,
    reason: allowed ? (giving[0]?.source ?? 'plan') : grants.length === 0 ? 'no_access' : 'not_in_plan',
  }
}

/** Every name that any of the plans mentions, in order. */
export const entitlementNames = (grants: readonly PlanGrant[]): string[] =>
  [...new Set(grants.flatMap((grant) => [...Object.keys(grant.features), ...Object.keys(grant.limits)]))].sort()
