import { and, asc, eq, inArray, or, sql } from 'drizzle-orm'
import type { PlatformScope } from '../../db/index.ts'
import { plans, prices, providerPrices } from '../../db/schema/index.ts'
import type { PlanRow, PriceRow } from './store.ts'

/** The names that catalog imports wait for one another by, until the transaction ends. */
export async function lockCatalogImport({ tx }: PlatformScope): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('billhook catalog import', 0))`)
}

export async function isMapped({ tx }: PlatformScope, provider: string, externalPriceId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: providerPrices.id })
    .from(providerPrices)
    .where(and(eq(providerPrices.provider, provider), eq(providerPrices.externalPriceId, externalPriceId)))
  return rows.length > 0
}

/** A price of ours that has no id at this provider yet. */
export async function findUnpublishedPrice(
  { tx }: PlatformScope,
  provider: string,
  id: string,
): Promise<PriceRow | null> {
  const [row] = await tx
    .select({ price: prices })
    .from(prices)
    .where(
      and(
        eq(prices.id, id),
        sql`not exists (select 1 from billhook.provider_prices pp where pp.price_id = ${prices.id} and pp.provider = ${provider})`,
      ),
    )
  return row?.price ?? null
}

/** The plan that a provider's product is: by a price of it that is mapped, by having published it, by its key. */
export async function findPlanOfProduct(
  { tx }: PlatformScope,
  { provider, externalProductId, key }: { provider: string; externalProductId: string; key: string },
): Promise<PlanRow | null> {
  const [mapped] = await tx
    .select({ plan: plans })
    .from(providerPrices)
    .innerJoin(prices, eq(prices.id, providerPrices.priceId))
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(and(eq(providerPrices.provider, provider), eq(providerPrices.externalProductId, externalProductId)))
    .orderBy(asc(providerPrices.id))
    .limit(1)
  if (mapped) return mapped.plan
  const [named] = await tx
    .select()
    .from(plans)
    .where(or(eq(plans.id, externalProductId), eq(plans.key, key)))
    .orderBy(sql`${plans.id} = ${externalProductId} desc`)
    .limit(1)
  return named ?? null
}

export async function findPlanByKey({ tx }: PlatformScope, key: string): Promise<PlanRow | null> {
  const [row] = await tx.select().from(plans).where(eq(plans.key, key))
  return row ?? null
}

export async function selectTakenPriceKeys({ tx }: PlatformScope, keys: string[]): Promise<Set<string>> {
  const rows = await tx.select({ key: prices.key }).from(prices).where(inArray(prices.key, keys))
  return new Set(rows.map((row) => row.key))
}

/** Every price of a provider that is one of ours, for everyone or for one organization. */
export const selectMappedPrices = ({ tx }: PlatformScope, provider: string) =>
  tx
    .select({
      externalPriceId: providerPrices.externalPriceId,
      priceId: prices.id,
      amount: prices.amount,
      currency: prices.currency,
      planId: plans.id,
      productLine: plans.productLine,
    })
    .from(providerPrices)
    .innerJoin(prices, eq(prices.id, providerPrices.priceId))
    .innerJoin(plans, eq(plans.id, prices.planId))
    .where(eq(providerPrices.provider, provider))
