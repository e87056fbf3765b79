import { and, asc, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { meters, plans, prices, providerPrices } from '../../db/schema/index.ts'
import { canonicalDecimal, InvariantError } from '../../primitives/index.ts'
import type { PlanFields } from './check-plan.ts'
import type { MeteredPrice, Plan, PlanPrice, SellablePrice } from './plan.ts'

type Scope = OrganizationScope | PlatformScope
export type PlanRow = typeof plans.$inferSelect
export type PriceRow = typeof prices.$inferSelect
/** With the key of its meter. */
export type MeteredPriceRow = PriceRow & { meter: string | null }
export type ProviderPriceRow = typeof providerPrices.$inferInsert

export async function insertPlan(scope: PlatformScope, plan: PlanRow): Promise<void> {
  await scope.tx.insert(plans).values(plan)
}

export async function insertPrices(scope: PlatformScope, rows: PriceRow[]): Promise<void> {
  if (rows.length > 0) await scope.tx.insert(prices).values(rows)
}

/** A publication that raced another one keeps the first ids. */
export async function insertProviderPrice(scope: Scope, row: ProviderPriceRow): Promise<void> {
  await scope.tx
    .insert(providerPrices)
    .values(row)
    .onConflictDoNothing({ target: [providerPrices.provider, providerPrices.priceId] })
}

export async function updatePlan(
  scope: PlatformScope,
  planId: string,
  fields: Partial<PlanFields> & { archivedAt?: Date | null; updatedAt: Date },
): Promise<void> {
  await scope.tx.update(plans).set(fields).where(eq(plans.id, planId))
}

export async function markPriceReplaced(
  scope: PlatformScope,
  { priceId, successorId, at }: { priceId: string; successorId: string; at: Date },
): Promise<void> {
  await scope.tx.update(prices).set({ successorId, archivedAt: at }).where(eq(prices.id, priceId))
}

/** Holds the plan until the transaction ends, so that two changes follow one another. */
export async function lockPlan(scope: PlatformScope, planId: string): Promise<PlanRow | null> {
  const [row] = await scope.tx.select().from(plans).where(eq(plans.id, planId)).for('update')
  return row ?? null
}

/** Archived ones too. */
export async function findPlanRow(scope: PlatformScope, key: string): Promise<PlanRow | null> {
  const [row] = await scope.tx.select().from(plans).where(eq(plans.key, key))
  return row ?? null
}

/** Those that were replaced too. */
export async function selectPricesOfPlan(scope: Scope, planId: string): Promise<MeteredPriceRow[]> {
  const rows = await scope.tx
    .select({ price: prices, meter: meters.key })
    .from(prices)
    .leftJoin(meters, eq(meters.id, prices.meterId))
    .where(eq(prices.planId, planId))
    .orderBy(asc(prices.id))
  return rows.map(({ price, meter }) => ({ ...price, meter, unitAmountDecimal: unitAmountOf(price) }))
}

/** Without the zeros that the database keeps. */
const unitAmountOf = ({ unitAmountDecimal }: PriceRow): string | null =>
  unitAmountDecimal === null ? null : canonicalDecimal(unitAmountDecimal)

export async function findPlan(scope: Scope, idOrKey: string, provider: string | null): Promise<Plan | null> {
  const rows = await scope.tx
    .select()
    .from(plans)
    .where(or(eq(plans.id, idOrKey), eq(plans.key, idOrKey)))
  const [plan] = await withPrices(scope, rows, provider)
  return plan ?? null
}

/** Plans that are sold now, oldest first; row-level security leaves an organization its own and the public ones. */
export async function selectPlans(
  scope: Scope,
  { provider, after, rows }: { provider: string | null; after: string | null; rows: number },
): Promise<Plan[]> {
  const found = await scope.tx
    .select()
    .from(plans)
    .where(and(isNull(plans.archivedAt), after === null ? undefined : gt(plans.id, after)))
    .orderBy(asc(plans.id))
    .limit(rows)
  return withPrices(scope, found, provider)
}

async function withPrices(scope: Scope, rows: PlanRow[], provider: string | null): Promise<Plan[]> {
  if (rows.length === 0) return []
  const planIds = rows.map((row) => row.id)
  const found = await scope.tx
    .select({ price: prices, published: providerPrices, meter: meters.key })
    .from(prices)
    .leftJoin(meters, eq(meters.id, prices.meterId))
    .leftJoin(providerPrices, and(eq(providerPrices.priceId, prices.id), eq(providerPrices.provider, provider ?? '')))
    .where(and(inArray(prices.planId, planIds), isNull(prices.archivedAt)))
    .orderBy(asc(prices.id))
  return rows.map(({ createdAt: _, updatedAt: __, ...plan }) => ({
    ...plan,
    prices: found.filter(({ price }) => price.planId === plan.id).map(toPlanPrice),
  }))
}

function toPlanPrice({
  price,
  published,
  meter,
}: {
  price: PriceRow
  published: typeof providerPrices.$inferSelect | null
  meter: string | null
}): PlanPrice {
  return {
    id: price.id,
    key: price.key,
    currency: price.currency,
    amount: price.amount,
    meter,
    unitAmountDecimal: unitAmountOf(price),
    interval: price.interval,
    intervalCount: price.intervalCount,
    trialDays: price.trialDays,
    provider: published?.provider ?? null,
    externalPriceId: published?.externalPriceId ?? null,
    externalProductId: published?.externalProductId ?? null,
    stripePriceId: published?.stripePriceId ?? null,
    stripeProductId: published?.stripeProductId ?? null,
  }
}

/** The ids of a plan's product at a provider, if any of its prices, replaced ones too, was published there. */
export async function findExternalProductId(scope: Scope, planId: string, provider: string): Promise<string | null> {
  const [row] = await scope.tx
    .select({ externalProductId: providerPrices.externalProductId })
    .from(providerPrices)
    .innerJoin(prices, eq(prices.id, providerPrices.priceId))
    .where(and(eq(prices.planId, planId), eq(providerPrices.provider, provider)))
    .orderBy(asc(providerPrices.id))
    .limit(1)
  return row?.externalProductId ?? null
}

export async function findSellablePrice(scope: Scope, idOrKey: string): Promise<SellablePrice | null> {
  const [row] = await scope.tx
    .select({ price: prices, plan: plans })
    .from(prices)
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(
      and(or(eq(prices.id, idOrKey), eq(prices.key, idOrKey)), isNull(prices.archivedAt), isNull(plans.archivedAt)),
    )
  if (!row) return null
  const { price, plan } = row
  return {
    id: price.id,
    key: price.key,
    planId: plan.id,
    planKey: plan.key,
    planName: plan.name,
    productLine: plan.productLine,
    organizationId: plan.organizationId,
    currency: price.currency,
    amount: price.amount,
    interval: price.interval,
    intervalCount: price.intervalCount,
    trialDays: price.trialDays,
    isMetered: price.meterId !== null,
  }
}

/** Whether it is sold or not. */
export async function findAnyPrice(scope: Scope, priceId: string): Promise<PriceRow> {
  const [row] = await scope.tx.select().from(prices).where(eq(prices.id, priceId))
  if (!row) throw new InvariantError(`price ${priceId} is gone, and prices never go`)
  return row
}

/** The ids a price has at a provider, or null while it is not published there. */
export async function findProviderPrice(
  scope: Scope,
  priceId: string,
  provider: string,
): Promise<{ externalPriceId: string; externalProductId: string } | null> {
  const [row] = await scope.tx
    .select({ externalPriceId: providerPrices.externalPriceId, externalProductId: providerPrices.externalProductId })
    .from(providerPrices)
    .where(and(eq(providerPrices.priceId, priceId), eq(providerPrices.provider, provider)))
  return row ?? null
}

/** The metered prices that are or were sold with a price: of its plan, its currency and its interval. Oldest first. */
export async function selectMeteredPrices(
  scope: Scope,
  {
    planId,
    currency,
    interval,
    intervalCount,
  }: Pick<SellablePrice, 'planId' | 'currency' | 'interval' | 'intervalCount'>,
): Promise<MeteredPrice[]> {
  const rows = await scope.tx
    .select({
      id: prices.id,
      key: prices.key,
      currency: prices.currency,
      unitAmount: prices.unitAmountDecimal,
      meter: meters,
      createdAt: prices.createdAt,
      archivedAt: prices.archivedAt,
    })
    .from(prices)
    .innerJoin(meters, eq(meters.id, prices.meterId))
    .where(
      and(
        eq(prices.planId, planId),
        eq(prices.currency, currency),
        eq(prices.interval, interval),
        eq(prices.intervalCount, intervalCount),
      ),
    )
    .orderBy(asc(prices.id))
  return rows.map(({ unitAmount, ...price }) => ({
    ...price,
    unitAmountDecimal: canonicalDecimal(unitAmount ?? '') ?? '0',
  }))
}
