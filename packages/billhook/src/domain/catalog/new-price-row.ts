import type { Context } from '../../context.ts'
import { canonicalDecimal } from '../../primitives/index.ts'
import type { Meter } from '../meters/index.ts'
import type { NewPrice } from './plan.ts'
import type { MeteredPriceRow } from './store.ts'

/** The row of a price that is new in its plan. */
export function newPriceRow(
  ctx: Context,
  plan: { id: string; organizationId: string | null },
  price: NewPrice,
  meters: ReadonlyMap<string, Meter>,
): MeteredPriceRow {
  return {
    id: ctx.ids.next('price'),
    key: price.key,
    planId: plan.id,
    organizationId: plan.organizationId,
    currency: price.currency,
    amount: price.amount ?? 0,
    meterId: meters.get(price.meter ?? '')?.id ?? null,
    meter: price.meter ?? null,
    unitAmountDecimal: price.unitAmountDecimal === undefined ? null : canonicalDecimal(price.unitAmountDecimal),
    interval: price.interval,
    intervalCount: price.intervalCount ?? 1,
    trialDays: price.trialDays ?? 0,
    taxBehavior: price.taxBehavior ?? 'exclusive',
    successorId: null,
    archivedAt: null,
    createdAt: ctx.clock.now(),
  }
}
