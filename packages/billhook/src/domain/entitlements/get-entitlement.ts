import type { Context } from '../../context.ts'
import { askingInOrganization, type OrganizationScope } from '../../db/index.ts'
import { quantityFromText } from '../../primitives/index.ts'
import { sumUsage } from '../meters/index.ts'
import { decideEntitlement, entitlementNames } from './decide-entitlement.ts'
import type { Entitlement } from './entitlement.ts'
import { counterOf, type LimitInForce, type LimitUse, limitInForce } from './limit-in-force.ts'
import { askRights } from './read-rights.ts'
import type { Rights } from './rights.ts'

export interface EntitlementInput {
  organizationId: string
  feature: string
}

/** May this organization use the feature, and how much of it is left? A name that nobody knows is simply not allowed. */
export async function getEntitlement(
  ctx: Context,
  { organizationId, feature }: EntitlementInput,
): Promise<Entitlement> {
  return inRights(ctx, organizationId, (scope, rights) => entitlementOf(scope, rights, feature))
}

/** Every feature and limit that the organization's plans and grants mention, in order of name. */
export async function listEntitlements(
  ctx: Context,
  { organizationId }: { organizationId: string },
): Promise<Entitlement[]> {
  return inRights(ctx, organizationId, async (scope, rights) => {
    const entitlements: Entitlement[] = []
    for (const name of entitlementNames(rights)) entitlements.push(await entitlementOf(scope, rights, name))
    return entitlements
  })
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

/** Two round trips: the question travels with the beginning of its transaction. */
async function inRights<T>(
  ctx: Context,
  organizationId: string,
  work: (scope: OrganizationScope, rights: Rights) => Promise<T>,
): Promise<T> {
  const question = await askRights(ctx, [organizationId])
  return askingInOrganization(ctx.db, organizationId, [question.statement], (scope, { answers: [answer = []] }) =>
    work(scope, question.read(answer)(organizationId)),
  )
}

async function entitlementOf(scope: OrganizationScope, rights: Rights, feature: string): Promise<Entitlement> {
  const limit = limitInForce(feature, rights)
  const use = limit && (await useOf(scope, rights, limit))
  return decideEntitlement(feature, rights, limit, use)
}

/** Null for what no meter counts. What has no counter yet is read from what was counted. */
async function useOf(scope: OrganizationScope, rights: Rights, limit: LimitInForce): Promise<LimitUse | null> {
  const { meter, window, feature } = limit
  if (!meter || !window) return null
  const held = rights.held.get(meter.id) ?? 0n
  const counter = window.isRolling ? undefined : counterOf(limit, rights.counters)
  if (counter) return { used: counter.used, held, highest: counter.highestLimits[feature] }
  const { value } = await sumUsage(scope, { meter, from: window.start, to: null })
  return { used: quantityFromText(value), held, highest: undefined }
}
