import { canonicalDecimal, conflict, stableStringify } from '../../primitives/index.ts'
import type { MeterRecord, NewMeter } from '../meters/index.ts'
import type { CatalogDefinition, PlanDefinition } from './catalog-definition.ts'
import type { PlanFields } from './check-plan.ts'
import type { NewPrice } from './plan.ts'
import type { MeteredPriceRow, PlanRow } from './store.ts'

/** One step from what is there to what is declared. */
export type CatalogChange =
  | { kind: 'create_meter'; meter: NewMeter }
  | { kind: 'create_plan'; plan: PlanDefinition }
  | { kind: 'change_plan'; planKey: string; fields: FieldChange[] }
  | { kind: 'add_price'; planKey: string; price: NewPrice }
  | { kind: 'replace_price'; planKey: string; price: NewPrice & { replaces: string }; fields: FieldChange[] }

export interface FieldChange {
  field: string
  from: unknown
  to: unknown
}

export interface PresentPlan {
  plan: PlanRow
  /** Those that were replaced too. */
  prices: readonly MeteredPriceRow[]
}

/** What is there of what a definition names, by key. */
export interface PresentCatalog {
  meters: ReadonlyMap<string, MeterRecord>
  plans: ReadonlyMap<string, PresentPlan>
}

/**
 * Pure: the steps that lead from what is there to what is declared; none where it is the same. Errors: `meter_exists` for one that counts
 * differently, because a meter is never edited; `product_line_fixed`.
 */
export function compareCatalog(
  { meters = [], plans = [] }: CatalogDefinition,
  present: PresentCatalog,
): CatalogChange[] {
  const newMeters = meters.filter((meter) => !isThere(meter, present.meters.get(meter.key)))
  const changes = plans.flatMap((plan) => planChanges(plan, present))
  return [
    ...newMeters.map((meter): CatalogChange => ({ kind: 'create_meter', meter })),
    // Whoever is no default any more makes room for who becomes it.
    ...changes.filter(isResigning),
    ...changes.filter((change) => !isResigning(change)),
  ]
}

const isResigning = (change: CatalogChange): boolean =>
  change.kind === 'change_plan' &&
  change.fields.some(
    ({ field, to }) => (field === 'isDefault' && to === false) || (field === 'isArchived' && to === true),
  )

function isThere(wanted: NewMeter, there: MeterRecord | undefined): boolean {
  if (!there) return false
  const { key, aggregation, property = null, filters = {}, groupBy = [], metadata = {} } = wanted
  const [changed] = differences(there, { name: wanted.name ?? key, aggregation, property, filters, groupBy, metadata })
  if (!changed) return true
  throw conflict(
    'meter_exists',
    `Meter "${key}" is there with another ${changed.field}, and a meter is never edited: declare another one.`,
    {
      meter: key,
    },
  )
}

function planChanges(wanted: PlanDefinition, present: PresentCatalog): CatalogChange[] {
  const there = present.plans.get(wanted.key)
  if (!there) return [{ kind: 'create_plan', plan: wanted }]
  if (there.plan.productLine !== (wanted.productLine ?? 'main'))
    throw conflict(
      'product_line_fixed',
      `Plan "${wanted.key}" belongs to product line "${there.plan.productLine}" for good.`,
    )
  const isArchived = there.plan.archivedAt !== null
  const fields = differences(
    { ...there.plan, isArchived },
    { ...fieldsOf(wanted), isArchived: wanted.isArchived ?? false },
  )
  return [
    ...(fields.length > 0 ? [{ kind: 'change_plan' as const, planKey: wanted.key, fields }] : []),
    ...priceChanges(wanted, there.prices),
  ]
}

/** With what is meant where nothing is said. */
export const fieldsOf = (plan: PlanDefinition): PlanFields => ({
  name: plan.name,
  description: plan.description ?? null,
  features: plan.features ?? {},
  limits: plan.limits ?? {},
  isDefault: plan.isDefault ?? false,
  graceDays: plan.graceDays ?? 7,
  afterGrace: plan.afterGrace ?? 'block',
  metadata: plan.metadata ?? {},
})

function priceChanges(
  { key: planKey, prices = [] }: PlanDefinition,
  there: readonly MeteredPriceRow[],
): CatalogChange[] {
  const taken = new Set([...there, ...prices].map(({ key }) => key))
  return prices.flatMap((price): CatalogChange[] => {
    const sold = successorOf(price.key, there)
    if (!sold) return [{ kind: 'add_price', planKey, price }]
    const fields = differences(sold, termsOf(price))
    if (fields.length === 0) return []
    const successor = { ...price, key: freeKey(price.key, taken), replaces: sold.key }
    return [{ kind: 'replace_price', planKey, price: successor, fields }]
  })
}

/** With what is meant where nothing is said. */
export const termsOf = (price: NewPrice) => ({
  currency: price.currency,
  amount: price.amount ?? 0,
  meter: price.meter ?? null,
  unitAmountDecimal: price.unitAmountDecimal === undefined ? null : canonicalDecimal(price.unitAmountDecimal),
  interval: price.interval,
  intervalCount: price.intervalCount ?? 1,
  trialDays: price.trialDays ?? 0,
  taxBehavior: price.taxBehavior ?? ('exclusive' as const),
})

/** What a declared price has become: itself, or the last of those that took its place. */
function successorOf(key: string, there: readonly MeteredPriceRow[]): MeteredPriceRow | undefined {
  let price = there.find((row) => row.key === key)
  for (let next = price; next; next = there.find((row) => row.id === price?.successorId)) price = next
  return price
}

function freeKey(key: string, taken: Set<string>): string {
  let n = 2
  while (taken.has(`${key}.v${n}`)) n++
  return `${key}.v${n}`
}

export function differences(there: object, wanted: object): FieldChange[] {
  const present = new Map<string, unknown>(Object.entries(there))
  return Object.entries(wanted)
    .map(([field, to]) => ({ field, from: present.get(field) ?? null, to }))
    .filter(({ from, to }) => stableStringify(from) !== stableStringify(to))
}
