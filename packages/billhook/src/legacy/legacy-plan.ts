import { z } from 'zod'
import type { ImportPriceInput } from '../domain/catalog/index.ts'
import type { SnapshotOrigin } from '../domain/sync/index.ts'
import type { LegacyRow } from './import-mapping.ts'
import { misfit, readAmount, readCount, readCurrency, readFlag, readId } from './legacy-values.ts'

const intervals = new Map<string, 'day' | 'week' | 'month' | 'year'>(
  Object.entries({
    day: 'day',
    daily: 'day',
    week: 'week',
    weekly: 'week',
    month: 'month',
    monthly: 'month',
    year: 'year',
    yearly: 'year',
    annual: 'year',
    annually: 'year',
  } as const),
)

const keyShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/

const entitlements = {
  features: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
  limits: z.record(z.string(), z.number().nullable()),
}

/** A row of the old plans is a plan with one price. Errors say what of the row does not fit. */
export function readPlan(
  row: LegacyRow<'plans'>,
  { provider, providerKind }: SnapshotOrigin,
  { isMajor }: { isMajor: boolean },
): ImportPriceInput {
  const externalPriceId = readId(row.stripePriceId, 'stripe_price_id')
  const externalProductId = readId(row.stripeProductId, 'stripe_product_id')
  const currency = readCurrency(row.currency)
  const amount = readAmount(row.amount, currency, { field: 'amount', isMajor })
  if (amount === null) throw misfit('null_amount', 'amount is empty.')
  const interval = intervals.get(row.interval?.trim().toLowerCase() ?? '')
  if (!interval) throw misfit('unknown_interval', `interval is "${row.interval ?? ''}".`)
  const slug = row.slug && keyShape.test(row.slug) ? row.slug : null
  const active = row.isActive === null || readFlag(row.isActive)
  return {
    provider,
    providerKind,
    externalPriceId,
    externalProductId,
    currency,
    amount,
    interval,
    intervalCount: readCount(row.intervalCount, 'interval_count') ?? 1,
    taxBehavior: 'exclusive',
    active,
    keys: slug ? [slug, externalPriceId] : [externalPriceId],
    plan: {
      key: slug ?? externalProductId,
      per: slug ? 'key' : 'product',
      name: (row.name?.trim() || slug || externalProductId).slice(0, 200),
      description: row.description,
      active,
      productLine: row.productLine?.trim() || 'main',
      features: readJson(row.features, 'features'),
      limits: readJson(row.limits, 'limits'),
    },
  }
}

/** A list of names is a list of what the plan has. */
function readJson<K extends keyof typeof entitlements>(
  text: string | null,
  field: K,
): z.output<(typeof entitlements)[K]> {
  const value = parse(text, field)
  const entries = Array.isArray(value) ? Object.fromEntries(value.map((name) => [String(name), true])) : value
  const parsed = entitlements[field].safeParse(entries)
  if (!parsed.success) throw misfit(`invalid_${field}`, `${field} is not a flat object of names and values.`)
  return parsed.data as z.output<(typeof entitlements)[K]>
}

function parse(text: string | null, field: string): unknown {
  if (text === null || text.trim() === '' || text.trim() === 'null') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw misfit(`invalid_${field}`, `${field} is no JSON.`)
  }
}
