import type { CatalogDefinition } from 'billhook'
import { z } from 'zod'

const featureValue = z.union([z.boolean(), z.number(), z.string()])
// What is in a limit is the library's to check: it names what is wrong.
const limitValue = z.union([z.number(), z.null(), z.looseObject({ limit: z.number().nullable() })])
const price = z.strictObject({
  key: z.string(),
  currency: z.string(),
  amount: z.number().optional(),
  meter: z.string().optional(),
  unitAmountDecimal: z.string().optional(),
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.number().optional(),
  trialDays: z.number().optional(),
  taxBehavior: z.enum(['exclusive', 'inclusive']).optional(),
})
const plan = z.strictObject({
  key: z.string(),
  name: z.string(),
  description: z.string().nullable().optional(),
  productLine: z.string().optional(),
  features: z.record(z.string(), featureValue).optional(),
  limits: z.record(z.string(), limitValue).optional(),
  isDefault: z.boolean().optional(),
  graceDays: z.number().optional(),
  afterGrace: z.enum(['block', 'read_only']).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  isArchived: z.boolean().optional(),
  prices: z.array(price).optional(),
})
const meter = z.strictObject({
  key: z.string(),
  name: z.string().optional(),
  aggregation: z.enum(['count', 'sum', 'max', 'last', 'unique']),
  property: z.string().nullable().optional(),
  filters: z.record(z.string(), z.array(featureValue)).optional(),
  groupBy: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})

const unique = (list: ReadonlyArray<{ key: string }>): boolean =>
  new Set(list.map(({ key }) => key)).size === list.length

/** The part of `billhook.config.ts` that says what is sold. */
export const catalogShape: z.ZodType<CatalogDefinition> = z.strictObject({
  meters: z.array(meter).refine(unique, 'two meters have the same key').optional(),
  plans: z.array(plan).refine(unique, 'two plans have the same key').optional(),
})
