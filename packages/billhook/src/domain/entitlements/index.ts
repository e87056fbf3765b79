export { decideEntitlement } from './decide-entitlement.ts'
export type { Entitlement } from './entitlement.ts'
export { EntitlementSnapshot } from './entitlement-snapshot.ts'
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
export { makeSnapshotKeys, type SnapshotKeys } from './snapshot-keys.ts'
export { signatureHeader } from './snapshot-signature.ts'
export { usageWindowAt } from './usage-window.ts'
