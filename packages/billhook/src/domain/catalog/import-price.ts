import type { Context } from '../../context.ts'
import { asPlatform, type PlatformScope } from '../../db/index.ts'
import type { FeatureValue, LimitValue } from '../../db/schema/catalog.ts'
import { conflict, looksLikeOurId } from '../../primitives/index.ts'
import { checkKey, checkPlanFields, checkPrices } from './check-plan.ts'
import {
  findPlanByKey,
  findPlanOfProduct,
  findUnpublishedPrice,
  isMapped,
  lockCatalogImport,
  selectMappedPrices,
  selectTakenPriceKeys,
} from './import-store.ts'
import { newPriceRow } from './new-price-row.ts'
import type { PriceInterval } from './plan.ts'
import { insertPlan, insertPrices, insertProviderPrice, lockPlan, type PlanRow, type PriceRow } from './store.ts'

/** A price that a provider sells already, and the plan it belongs to. */
export interface ImportPriceInput {
  provider: string
  providerKind: string
  externalPriceId: string
  externalProductId: string
  currency: string
  amount: number
  interval: PriceInterval
  intervalCount: number
  taxBehavior: 'exclusive' | 'inclusive'
  /** It can still be sold. */
  active: boolean
  /** The first that is free and fits becomes its key. */
  keys: string[]
  plan: {
    key: string
    /** `product`: one plan for all prices of the provider's product. `key`: the plan of this key. */
    per: 'product' | 'key'
    name: string
    description: string | null
    active: boolean
    productLine: string
    features?: Record<string, FeatureValue>
    limits?: Record<string, LimitValue>
  }
}

export interface ImportedPrice {
  did: 'create' | 'link' | 'leave'
  /** The plan that would be or was made for it; null where it was there. */
  newPlanKey: string | null
  price: MappedExternalPrice | null
}

export interface MappedExternalPrice {
  externalPriceId: string
  priceId: string
  amount: number
  currency: string
  planId: string
  productLine: string
}

/**
 * Makes a provider's price one of ours: its plan, the price, the mapping, in the caller's transaction. What is mapped is left alone, and nothing is
 * ever edited. Errors: `price_exists`, `price_differs` (409); those of `createPlan` for what does not fit.
 */
export async function importPrice(
  ctx: Context,
  scope: PlatformScope,
  input: ImportPriceInput,
  { dryRun }: { dryRun: boolean },
): Promise<ImportedPrice> {
  await lockCatalogImport(scope)
  if (await isMapped(scope, input.provider, input.externalPriceId))
    return { did: 'leave', newPlanKey: null, price: null }
  const own = await findOwnPrice(scope, input)
  const found = own ? await lockPlan(scope, own.planId) : await findPlanFor(scope, input)
  const plan = found ?? newPlan(ctx, input)
  const row = own ?? (await newPrice(ctx, scope, input, plan))
  if (!dryRun) await write(ctx, scope, input, { plan: found ? null : plan, price: own ? null : row, row })
  return {
    did: own ? 'link' : 'create',
    newPlanKey: found ? null : plan.key,
    price: {
      externalPriceId: input.externalPriceId,
      priceId: row.id,
      amount: row.amount,
      currency: row.currency,
      planId: row.planId,
      productLine: plan.productLine,
    },
  }
}

/** What of a provider's prices is mapped. */
export const listMappedPrices = (ctx: Context, provider: string): Promise<MappedExternalPrice[]> =>
  asPlatform(ctx.db, (scope) => selectMappedPrices(scope, provider))

/** Published from here before, when the answer or the mapping was lost: one of its names is our id. */
async function findOwnPrice(scope: PlatformScope, input: ImportPriceInput): Promise<PriceRow | null> {
  const id = input.keys.find((key) => looksLikeOurId(key, 'price'))
  const row = id ? await findUnpublishedPrice(scope, input.provider, id) : null
  if (!row) return null
  const isSame =
    row.amount === input.amount &&
    row.currency === input.currency &&
    row.interval === input.interval &&
    row.intervalCount === input.intervalCount
  if (isSame) return row
  throw conflict('price_differs', `It is named after price ${row.id}, which has another amount, currency or interval.`)
}

const findPlanFor = (
  scope: PlatformScope,
  { provider, externalProductId, plan }: ImportPriceInput,
): Promise<PlanRow | null> =>
  plan.per === 'product'
    ? findPlanOfProduct(scope, { provider, externalProductId, key: plan.key })
    : findPlanByKey(scope, plan.key)

function newPlan(ctx: Context, { plan }: ImportPriceInput): PlanRow {
  const { key, name, description, features = {}, limits = {}, productLine, active } = plan
  checkKey(key)
  checkKey(productLine)
  checkPlanFields({ name, features, limits })
  const now = ctx.clock.now()
  return {
    id: ctx.ids.next('plan'),
    key,
    organizationId: null,
    productLine,
    name,
    description,
    features,
    limits,
    isDefault: false,
    graceDays: 7,
    afterGrace: 'block',
    archivedAt: active ? null : now,
    metadata: {},
    createdAt: now,
    updatedAt: now,
  }
}

async function newPrice(ctx: Context, scope: PlatformScope, input: ImportPriceInput, plan: PlanRow): Promise<PriceRow> {
  const taken = await selectTakenPriceKeys(scope, input.keys)
  const key = input.keys.find((candidate) => fits(candidate) && !taken.has(candidate))
  if (!key) throw conflict('price_exists', `Prices with the keys ${input.keys.join(', ')} are there already.`)
  const { currency, amount, interval, intervalCount, taxBehavior, active } = input
  const price = { key, currency, amount, interval, intervalCount, taxBehavior }
  checkPrices([price])
  return { ...newPriceRow(ctx, plan, price, new Map()), archivedAt: active ? null : ctx.clock.now() }
}

function fits(key: string): boolean {
  try {
    checkKey(key)
    return true
  } catch {
    // The next name may do; when none does, the caller says so.
    return false
  }
}

async function write(
  ctx: Context,
  scope: PlatformScope,
  input: ImportPriceInput,
  { plan, price, row }: { plan: PlanRow | null; price: PriceRow | null; row: PriceRow },
): Promise<void> {
  if (plan) await insertPlan(scope, plan)
  if (price) await insertPrices(scope, [price])
  await insertProviderPrice(scope, {
    id: ctx.ids.next('providerPrice'),
    priceId: row.id,
    organizationId: row.organizationId,
    provider: input.provider,
    providerKind: input.providerKind,
    externalPriceId: input.externalPriceId,
    externalProductId: input.externalProductId,
    createdAt: ctx.clock.now(),
  })
}
