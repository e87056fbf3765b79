import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import type { Plan } from './plan.ts'
import { findPlan } from './store.ts'

export interface GetPlanInput {
  /** Id or key. */
  planId: string
  /** Given: only what this organization may see. */
  organizationId?: string | null | undefined
  /** Whose external ids the prices show; the default provider's when absent. */
  provider?: string | undefined
}

/** Archived ones too. Errors: `plan_not_found` (404). */
export async function getPlan(ctx: Context, { planId, organizationId, provider }: GetPlanInput): Promise<Plan> {
  const shownProvider = provider ?? defaultProvider(ctx)
  const plan = organizationId
    ? await inOrganization(ctx.db, organizationId, (scope) => findPlan(scope, planId, shownProvider))
    : await asPlatform(ctx.db, (scope) => findPlan(scope, planId, shownProvider))
  if (!plan) throw planNotFound()
  return plan
}

/** An installation that sells nothing yet may have no default provider. */
export const defaultProvider = (ctx: Context): string | null =>
  ctx.providers.names.length === 0 ? null : ctx.providers.defaultName

export const planNotFound = () => notFound('plan_not_found', 'There is no such plan.')
