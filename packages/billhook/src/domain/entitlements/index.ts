export type { Entitlement } from './entitlement.ts'
export {
  checkFeatureAccess,
  checkLimit,
  type EntitlementInput,
  getEntitlement,
  listEntitlements,
} from './get-entitlement.ts'
