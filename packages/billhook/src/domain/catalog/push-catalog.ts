import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { checkMeter, createMeter, findMeters, type NewMeter } from '../meters/index.ts'
import type { CatalogDefinition, PlanDefinition } from './catalog-definition.ts'
import { changePlan } from './change-plan.ts'
import { checkKey, checkPlanFields, checkPrices } from './check-plan.ts'
import { type CatalogChange, compareCatalog, fieldsOf, type PresentPlan } from './compare-catalog.ts'
import { createPlan } from './create-plan.ts'
import { requireBillable, requireMeters, requirePriceMeters } from './require-meters.ts'
import { findPlanRow, selectPricesOfPlan } from './store.ts'

/**
 * What pushing a definition would change; it changes nothing itself. Errors: those of `compareCatalog`, `createMeter` and `createPlan` for what
 * is wrong in the definition.
 */
export async function previewCatalog(ctx: Context, definition: CatalogDefinition): Promise<CatalogChange[]> {
  const { meters = [], plans = [] } = definition
  for (const meter of meters) checkMeter(meter)
  for (const plan of plans) await checkDefinition(ctx, plan, new Map(meters.map((meter) => [meter.key, meter])))
  const found = await findMeters(
    ctx,
    meters.map(({ key }) => key),
  )
  const present = await asPlatform(ctx.db, async (scope) => {
    const known: Map<string, PresentPlan> = new Map()
    for (const { key } of plans) {
      const plan = await findPlanRow(scope, key)
      if (plan) known.set(key, { plan, prices: await selectPricesOfPlan(scope, plan.id) })
    }
    return known
  })
  return compareCatalog(definition, { meters: new Map(found.map((meter) => [meter.key, meter])), plans: present })
}

async function checkDefinition(
  ctx: Context,
  plan: PlanDefinition,
  declared: ReadonlyMap<string, NewMeter>,
): Promise<void> {
  checkKey(plan.key)
  checkPlanFields(fieldsOf(plan))
  checkPrices(plan.prices ?? [])
  const others = Object.entries(plan.limits ?? {}).filter(
    ([, value]) => !(typeof value === 'object' && value?.meter && declared.has(value.meter)),
  )
  await requireMeters(ctx, Object.fromEntries(others))
  const billed = (plan.prices ?? []).flatMap(({ meter }) => (meter === undefined ? [] : [meter]))
  for (const key of billed) if (declared.has(key)) requireBillable(key, declared.get(key))
  await requirePriceMeters(
    ctx,
    (plan.prices ?? []).filter(({ meter }) => !declared.has(meter ?? '')),
  )
}

/**
 * Takes the steps of a preview, each whole or not at all. One that fails leaves those before it: the rest is in the next preview. Errors: those of
 * `createMeter`, `createPlan` and `changePlan`.
 */
export async function applyCatalog(ctx: Context, { changes }: { changes: readonly CatalogChange[] }): Promise<void> {
  for (const change of changes) await applyChange(ctx, change)
}

async function applyChange(ctx: Context, change: CatalogChange): Promise<void> {
  switch (change.kind) {
    case 'create_meter':
      await createMeter(ctx, change.meter)
      return
    case 'create_plan': {
      const { isArchived, ...plan } = change.plan
      await createPlan(ctx, plan)
      if (isArchived) await changePlan(ctx, { planId: plan.key, isArchived })
      return
    }
    case 'change_plan':
      await changePlan(ctx, {
        planId: change.planKey,
        ...Object.fromEntries(change.fields.map(({ field, to }) => [field, to])),
      })
      return
    default:
      await changePlan(ctx, { planId: change.planKey, prices: [change.price] })
  }
}
