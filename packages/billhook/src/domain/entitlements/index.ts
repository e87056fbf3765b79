export { decideEntitlement } from './decide-entitlement.ts'
export type { Entitlement } from './entitlement.ts'
export {
  checkFeatureAccess,
  checkLimit,
  type EntitlementInput,
  getEntitlement,
  listEntitlements,
} from './get-entitlement.ts'
export { counterOf, type LimitInForce, type LimitUse, limitInForce, limitsOnMeter, roomFor } from './limit-in-force.ts'
export { askRights } from './read-rights.ts'
export type { Counter, Rights } from './rights.ts'
export { usageWindowAt } from './usage-window.ts'
