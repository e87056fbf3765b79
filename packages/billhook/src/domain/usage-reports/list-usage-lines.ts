import { billingNow, type Context } from '../../context.ts'
import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import { quantityFromText, quantityText, usageAmount } from '../../primitives/index.ts'
import { listMeteredPrices, type MeteredPrice } from '../catalog/index.ts'
import { sumUsage } from '../meters/index.ts'
import type { Subscription } from '../subscriptions/index.ts'
import { type BilledSpan, findMeteredSince, selectLatestPeriods } from './store.ts'

/** What was used in one period of a subscription comes to, by one of its metered prices. */
export interface UsageLine {
  subscriptionId: string
  priceId: string
  priceKey: string
  /** Its key. */
  meter: string
  /** Decimal text. */
  quantity: string
  unitAmountDecimal: string
  currency: string
  /** Net, rounded once. */
  amount: number
  periodStart: Date
  periodEnd: Date
  /** `provider`: it bills what is reported to it. `unbilled`: nobody does, unless you do it. */
  billing: 'provider' | 'unbilled'
}

/** Of the period that is open and the one before it, newest first; a trial is free. None where the plan has no metered prices. */
export async function listUsageLines(ctx: Context, subscription: Subscription): Promise<UsageLine[]> {
  const { id: subscriptionId, organizationId, priceId, provider } = subscription
  const now = await billingNow(ctx, provider)
  return inOrganization(ctx.db, organizationId, async (scope) => {
    const { periods, boughtAt } = await selectLatestPeriods(scope, subscriptionId, 2)
    const prices = await listMeteredPrices(scope, { priceId, boughtAt })
    const lines: UsageLine[] = []
    for (const period of periods)
      for (const price of prices)
        lines.push(await lineOf(scope, subscription, price, { ...period, until: endOf(period, subscription, now) }))
    return lines
  })
}

/** What is used after an end is used without a plan. */
const endOf = ({ endAt }: BilledSpan, { endedAt }: Subscription, now: Date): Date =>
  new Date(Math.min(endAt.getTime(), endedAt?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + 1))

async function lineOf(
  scope: OrganizationScope,
  { id: subscriptionId, items }: Subscription,
  { id: priceId, key: priceKey, meter, currency, unitAmountDecimal }: MeteredPrice,
  { startAt, endAt, until }: BilledSpan & { until: Date },
): Promise<UsageLine> {
  const billing = items.some((item) => item.priceId === priceId && item.quantity === null) ? 'provider' : 'unbilled'
  const since = billing === 'provider' ? await findMeteredSince(scope, { subscriptionId, meterId: meter.id }) : null
  const from = since && since > startAt ? since : startAt
  const { value } = from < until ? await sumUsage(scope, { meter, from, to: until }) : { value: '0' }
  const quantity = quantityFromText(value)
  return {
    ...{ subscriptionId, priceId, priceKey, meter: meter.key, currency, unitAmountDecimal },
    quantity: quantityText(quantity),
    amount: usageAmount(unitAmountDecimal, quantity, currency).amount,
    ...{ periodStart: startAt, periodEnd: endAt, billing },
  }
}
