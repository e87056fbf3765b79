import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { InvariantError, invalid } from '../../primitives/index.ts'
import { getOrganization } from '../organizations/index.ts'
import { catalogConflict } from './catalog-conflict.ts'
import { checkKey, checkPlanFields, checkPrices, type PlanFields } from './check-plan.ts'
import { newPriceRow } from './new-price-row.ts'
import type { NewPrice, Plan } from './plan.ts'
import { requireMeters, requirePriceMeters } from './require-meters.ts'
import { findPlan, insertPlan, insertPrices, type PlanRow } from './store.ts'

export type CreatePlanInput = { key: string; name: string } & {
  [K in Exclude<keyof PlanFields, 'name'>]?: PlanFields[K] | undefined
} & {
  productLine?: string | undefined
  /** Sells it to this organization alone. */
  organizationId?: string | null | undefined
  prices?: Array<Omit<NewPrice, 'replaces'>> | undefined
}

/** Errors: `plan_exists`, `price_exists`, `default_plan_exists` (409), `organization_not_found` (404); 400 for a field that is wrong. */
export async function createPlan(ctx: Context, input: CreatePlanInput): Promise<Plan> {
  checkKey(input.key)
  if (input.productLine !== undefined) checkKey(input.productLine)
  checkPlanFields(input)
  checkPrices(input.prices ?? [])
  if (input.isDefault && input.organizationId) {
    throw invalid('invalid_default_plan', 'A default plan is for everyone: it cannot be one organization’s own.')
  }
  await requireMeters(ctx, input.limits)
  const meters = await requirePriceMeters(ctx, input.prices)
  const owner = input.organizationId ? await getOrganization(ctx, { organizationId: input.organizationId }) : null
  const row = planRow(ctx, input, owner?.id ?? null)
  const prices = (input.prices ?? []).map((price) => newPriceRow(ctx, row, price, meters))
  try {
    return await asPlatform(ctx.db, async (scope) => {
      await insertPlan(scope, row)
      await insertPrices(scope, prices)
      const plan = await findPlan(scope, row.id, null)
      if (!plan) throw new InvariantError(`plan ${row.id} was written and is not there`)
      return plan
    })
  } catch (error) {
    throw catalogConflict(error)
  }
}

function planRow(ctx: Context, input: CreatePlanInput, organizationId: string | null): PlanRow {
  const now = ctx.clock.now()
  return {
    id: ctx.ids.next('plan'),
    key: input.key,
    organizationId,
    productLine: input.productLine ?? 'main',
    name: input.name,
    description: input.description ?? null,
    features: input.features ?? {},
    limits: input.limits ?? {},
    isDefault: input.isDefault ?? false,
    graceDays: input.graceDays ?? 7,
    afterGrace: input.afterGrace ?? 'block',
    archivedAt: null,
    metadata: input.metadata ?? {},
    createdAt: now,
    updatedAt: now,
  }
}
