import type { Context } from '../../context.ts'
import type { NewPrice } from './plan.ts'
import type { PriceRow } from './store.ts'

/** The row of a price that is new in its plan. */
export function newPriceRow(
  ctx: Context,
  plan: { id: string; organizationId: string | null },
  price: NewPrice,
): PriceRow {
  return {
    id: ctx.ids.next('price'),
    key: price.key,
    planId: plan.id,
    organizationId: plan.organizationId,
    currency: price.currency,
    amount: price.amount,
    interval: price.interval,
    intervalCount: price.intervalCount ?? 1,
    trialDays: price.trialDays ?? 0,
    taxBehavior: price.taxBehavior ?? 'exclusive',
    successorId: null,
    archivedAt: null,
    createdAt: ctx.clock.now(),
  }
}
