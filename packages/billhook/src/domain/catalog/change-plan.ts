import type { Context } from '../../context.ts'
import { asPlatform, type PlatformScope } from '../../db/index.ts'
import { conflict, invalid } from '../../primitives/index.ts'
import type { Meter } from '../meters/index.ts'
import { catalogConflict } from './catalog-conflict.ts'
import { checkPlanFields, checkPrices, type PlanFields } from './check-plan.ts'
import { differences, termsOf } from './compare-catalog.ts'
import { getPlan, planNotFound } from './get-plan.ts'
import { newPriceRow } from './new-price-row.ts'
import type { NewPrice, Plan } from './plan.ts'
import { requireMeters, requirePriceMeters } from './require-meters.ts'
import {
  insertPrices,
  lockPlan,
  type MeteredPriceRow,
  markPriceReplaced,
  type PlanRow,
  selectPricesOfPlan,
  updatePlan,
} from './store.ts'

export type ChangePlanInput = { planId: string } & { [K in keyof PlanFields]?: PlanFields[K] | undefined } & {
  /** True: nobody new can buy it; those who have it keep it. */
  isArchived?: boolean | undefined
  /** Prices to have; those that are there already must say the same. Leaving one out removes nothing. */
  prices?: NewPrice[] | undefined
}

/**
 * Changes what is given. Errors: `plan_not_found` (404); `price_in_use` (409) for another amount, currency, interval or trial under a key
 * that is there, because what was sold stays what it was; `price_exists`, `default_plan_exists` (409).
 */
export async function changePlan(ctx: Context, input: ChangePlanInput): Promise<Plan> {
  const { planId: idOrKey, isArchived, prices = [], ...given } = input
  const fields: Partial<PlanFields> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  )
  checkPlanFields(fields)
  checkPrices(prices)
  await requireMeters(ctx, fields.limits)
  const meters = await requirePriceMeters(ctx, prices)
  const { id } = await getPlan(ctx, { planId: idOrKey })
  try {
    await asPlatform(ctx.db, async (scope) => {
      const plan = await lockPlan(scope, id)
      if (!plan) throw planNotFound()
      if (fields.isDefault && plan.organizationId) {
        throw invalid('invalid_default_plan', 'A default plan is for everyone: it cannot be one organization’s own.')
      }
      const now = ctx.clock.now()
      const archive = isArchived === undefined ? {} : { archivedAt: isArchived ? (plan.archivedAt ?? now) : null }
      await updatePlan(scope, id, { ...fields, ...archive, updatedAt: now })
      await addPrices(ctx, scope, plan, { wanted: prices, meters })
    })
  } catch (error) {
    throw catalogConflict(error)
  }
  return getPlan(ctx, { planId: id })
}

interface WantedPrices {
  wanted: readonly NewPrice[]
  meters: ReadonlyMap<string, Meter>
}

async function addPrices(
  ctx: Context,
  scope: PlatformScope,
  plan: PlanRow,
  { wanted, meters }: WantedPrices,
): Promise<void> {
  const known = new Map((await selectPricesOfPlan(scope, plan.id)).map((row) => [row.key, row]))
  const added: MeteredPriceRow[] = []
  for (const price of wanted) {
    const there = known.get(price.key)
    if (there) requireSamePrice(there, price)
    else added.push(newPriceRow(ctx, plan, price, meters))
  }
  await insertPrices(scope, added)
  for (const row of added) {
    const replaces = wanted.find((price) => price.key === row.key)?.replaces
    if (replaces === undefined) continue
    const old = known.get(replaces)
    if (!old || old.archivedAt) {
      throw conflict('price_not_replaceable', `"${replaces}" is no price of this plan that is still sold.`)
    }
    await markPriceReplaced(scope, { priceId: old.id, successorId: row.id, at: row.createdAt })
  }
}

function requireSamePrice(there: MeteredPriceRow, wanted: NewPrice): void {
  const { trialDays = there.trialDays, taxBehavior = there.taxBehavior } = wanted
  if (differences(there, termsOf({ ...wanted, trialDays, taxBehavior })).length === 0) return
  throw conflict(
    'price_in_use',
    `Price "${there.key}" cannot be edited: add a price with a new key and say "replaces": "${there.key}".`,
    { price_key: there.key },
  )
}
