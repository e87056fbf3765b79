import { z } from '@hono/zod-openapi'
import type { NewPrice, Plan, PlanPrice } from '../../domain/catalog/index.ts'
import { currency, features, instant, interval, isoOrNull, limits, metadata } from './common.ts'

const priceSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    currency,
    amount: z.int().openapi({ description: 'Minor units per interval and unit of quantity; 0 of a metered price' }),
    meter: z.string().nullable().openapi({
      description: 'The key of the meter whose usage it bills: it comes with the other prices of its plan',
    }),
    unit_amount_decimal: z.string().nullable().openapi({ description: 'Minor units for each unit of usage' }),
    interval,
    interval_count: z.int(),
    trial_days: z.int(),
    provider: z.string().nullable().openapi({ description: 'Null until it is published at the default provider' }),
    external_price_id: z.string().nullable(),
    external_product_id: z.string().nullable(),
    stripe_price_id: z.string().nullable(),
    stripe_product_id: z.string().nullable(),
  })
  .openapi('Price')

const afterGrace = z.enum(['block', 'read_only']).openapi({
  description: 'What becomes of who still owes when the days of grace are over',
})

export const planSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    organization_id: z.string().nullable().openapi({ description: 'Null: for everyone' }),
    product_line: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    features,
    limits,
    is_default: z.boolean(),
    grace_days: z.int(),
    after_grace: afterGrace,
    metadata,
    archived_at: instant.nullable(),
    prices: z.array(priceSchema),
  })
  .openapi('Plan')

const newPrice = z.strictObject({
  key: z.string(),
  currency,
  amount: z.int().min(0).optional().openapi({ description: 'Minor units; left out of a metered price' }),
  meter: z.string().optional().openapi({ description: 'The key of a meter of count or sum: it bills what was used' }),
  unit_amount_decimal: z.string().optional().openapi({
    description: 'With meter: minor units for each unit of usage, with at most twelve decimals',
    example: '0.25',
  }),
  interval,
  interval_count: z.int().min(1).optional(),
  trial_days: z.int().min(0).max(730).optional(),
  tax_behavior: z.enum(['exclusive', 'inclusive']).optional(),
})

const planFields = {
  description: z.string().max(2000).nullable().optional(),
  features: features.optional(),
  limits: limits.optional(),
  is_default: z.boolean().optional(),
  grace_days: z.int().min(0).max(90).optional(),
  after_grace: afterGrace.optional(),
  metadata: metadata.optional(),
}

export const newPlan = z
  .strictObject({
    key: z.string(),
    name: z.string().min(1).max(200),
    ...planFields,
    product_line: z.string().optional(),
    organization_id: z.string().nullable().optional().openapi({ description: 'Sells it to this organization alone' }),
    prices: z.array(newPrice).max(100).optional(),
  })
  .openapi('NewPlan')

export const planChange = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    ...planFields,
    archived: z.boolean().optional(),
    prices: z
      .array(
        newPrice.extend({
          replaces: z.string().optional().openapi({ description: 'The key of the price it succeeds' }),
        }),
      )
      .max(100)
      .optional(),
  })
  .openapi('PlanChange')

export const publishRequest = z.strictObject({ provider: z.string().optional() }).openapi('PublishRequest')

export const toNewPrice = (price: z.infer<typeof newPrice> & { replaces?: string | undefined }): NewPrice => ({
  key: price.key,
  currency: price.currency,
  amount: price.amount,
  meter: price.meter,
  unitAmountDecimal: price.unit_amount_decimal,
  interval: price.interval,
  intervalCount: price.interval_count,
  trialDays: price.trial_days,
  taxBehavior: price.tax_behavior,
  replaces: price.replaces,
})

const priceJson = (price: PlanPrice): z.infer<typeof priceSchema> => ({
  id: price.id,
  key: price.key,
  currency: price.currency,
  amount: price.amount,
  meter: price.meter,
  unit_amount_decimal: price.unitAmountDecimal,
  interval: price.interval,
  interval_count: price.intervalCount,
  trial_days: price.trialDays,
  provider: price.provider,
  external_price_id: price.externalPriceId,
  external_product_id: price.externalProductId,
  stripe_price_id: price.stripePriceId,
  stripe_product_id: price.stripeProductId,
})

export const planJson = (plan: Plan): z.infer<typeof planSchema> => ({
  id: plan.id,
  key: plan.key,
  organization_id: plan.organizationId,
  product_line: plan.productLine,
  name: plan.name,
  description: plan.description,
  features: plan.features,
  limits: plan.limits,
  is_default: plan.isDefault,
  grace_days: plan.graceDays,
  after_grace: plan.afterGrace,
  metadata: plan.metadata,
  archived_at: isoOrNull(plan.archivedAt),
  prices: plan.prices.map(priceJson),
})
