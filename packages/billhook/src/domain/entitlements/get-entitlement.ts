import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { listGivingSubscriptions } from '../subscriptions/index.ts'
import { decideEntitlement, entitlementNames, type PlanGrant } from './decide-entitlement.ts'
import type { Entitlement } from './entitlement.ts'
import { listDefaultPlans, listPlanRows } from './store.ts'

export interface EntitlementInput {
  organizationId: string
  feature: string
}

/** May this organization use the feature, and up to what limit? A name that no plan knows is simply not allowed. */
export async function getEntitlement(
  ctx: Context,
  { organizationId, feature }: EntitlementInput,
): Promise<Entitlement> {
  return decideEntitlement(feature, await planGrants(ctx, organizationId))
}

/** Every feature and limit that the organization's plans mention, in order of name. */
export async function listEntitlements(
  ctx: Context,
  { organizationId }: { organizationId: string },
): Promise<Entitlement[]> {
  const grants = await planGrants(ctx, organizationId)
  return entitlementNames(grants).map((name) => decideEntitlement(name, grants))
}

/** True or false, and nothing else: for a line of code that guards something. */
export const checkFeatureAccess = async (ctx: Context, input: EntitlementInput): Promise<boolean> =>
  (await getEntitlement(ctx, input)).allowed

/** Whether `wanted` units in all are within the limit. `limit` null: unlimited. */
export async function checkLimit(
  ctx: Context,
  input: EntitlementInput & { wanted: number },
): Promise<{ allowed: boolean; limit: number | null }> {
  const { allowed, limit } = await getEntitlement(ctx, input)
  return { allowed: allowed && (limit === null || input.wanted <= limit), limit }
}

/** The plans of subscriptions that give access, and the default plan of each product line that has none. */
async function planGrants(ctx: Context, organizationId: string): Promise<PlanGrant[]> {
  const giving = await listGivingSubscriptions(ctx, organizationId)
  const covered = new Set(giving.map((subscription) => subscription.productLine))
  return inOrganization(ctx.db, organizationId, async (scope) => {
    const bought = await listPlanRows(
      scope,
      giving.map((subscription) => subscription.planId),
    )
    const defaults = (await listDefaultPlans(scope)).filter((plan) => !covered.has(plan.productLine))
    return [
      ...bought.map(({ features, limits }) => ({ source: 'plan' as const, features, limits })),
      ...defaults.map(({ features, limits }) => ({ source: 'default_plan' as const, features, limits })),
    ]
  })
}
