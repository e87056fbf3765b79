import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  jsonb,
  numeric,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import {
  amount,
  billhook,
  createdAt,
  currency,
  id,
  instant,
  isOneOf,
  legacyStripeColumn,
  metadata,
  provider,
  providerKind,
  updatedAt,
} from './columns.ts'
import { organizations } from './organizations.ts'
import { meters } from './usage.ts'

/** `true`/`false`, a number, or a word such as a region. */
export type FeatureValue = boolean | number | string

/** Over what time usage is counted. Periods and months of a subscription begin at its anchor; an organization without one has calendar months. */
export type LimitWindow =
  | 'billing_period'
  | 'billing_month'
  | 'calendar_month'
  | 'lifetime'
  /** An ISO 8601 duration that reaches back from now: `P30D`. */
  | { rolling: string }

/** What becomes of an organization that is above a limit, after a downgrade say. Nothing is ever deleted. */
export type AbovePolicy = 'block' | 'read_only' | 'until_reset'

/** A limit with terms, as it stands in a plan's JSON. */
export interface LimitTerms {
  /** Null: unlimited. */
  limit: number | null
  /** So much for each unit of the subscription's quantity: seats, say. */
  per?: 'unit' | undefined
  /** On top of what other plans give, as an add-on does; without it the widest limit rules. */
  adds?: boolean | undefined
  /** The key of the meter that counts towards it; without one the product counts by itself. */
  meter?: string | undefined
  /** `billing_period` when left out. */
  window?: LimitWindow | undefined
  /** Never refuses; it is told about, and billed by whoever bills it. */
  soft?: boolean | undefined
  /** Percents at which `usage.threshold_reached` is told, once a window; 80 and 100 when left out. */
  thresholds?: number[] | undefined
  /** `block` when left out. */
  above?: AbovePolicy | undefined
}

/** A number, null for unlimited, or a limit with terms. */
export type LimitValue = number | null | LimitTerms

/** What becomes of who owes once the days of grace are over. `read_only`: what there is can be looked at, and nothing be added. */
export const afterGracePolicies = ['block', 'read_only'] as const
export const intervals = ['day', 'week', 'month', 'year'] as const

export const plans = billhook.table(
  'plans',
  {
    id: id(),
    key: text('key').notNull().unique('plans_key_once'),
    /** Null: for everyone. Otherwise sold to this organization alone. */
    organizationId: text('organization_id').references(() => organizations.id),
    productLine: text('product_line').notNull().default('main'),
    name: text('name').notNull(),
    description: text('description'),
    features: jsonb('features').$type<Record<string, FeatureValue>>().notNull().default({}),
    limits: jsonb('limits').$type<Record<string, LimitValue>>().notNull().default({}),
    /** Rules organizations without a live subscription in its product line. */
    isDefault: boolean('is_default').notNull().default(false),
    /** Days of access after the first failed payment of a renewal. */
    graceDays: integer('grace_days').notNull().default(7),
    afterGrace: text('after_grace').$type<(typeof afterGracePolicies)[number]>().notNull().default('block'),
    archivedAt: instant('archived_at'),
    metadata: metadata(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('plans_one_default_per_product_line')
      .on(table.productLine)
      .where(sql`is_default and archived_at is null`),
    check('plans_grace_days', sql`${table.graceDays} >= 0`),
    check('plans_after_grace', isOneOf('after_grace', afterGracePolicies)),
    check('plans_default_is_for_everyone', sql`not (is_default and organization_id is not null)`),
  ],
)

/** Never edited once made (a trigger holds it): another amount is another price, which `successorId` of the old one names. */
export const prices = billhook.table(
  'prices',
  {
    id: id(),
    key: text('key').notNull().unique('prices_key_once'),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    organizationId: text('organization_id').references(() => organizations.id),
    currency: currency(),
    /** Of a metered price 0: what it costs depends on what was used. */
    amount: amount('amount').notNull(),
    /** Whose usage it bills; null: it is bought in a quantity. */
    meterId: text('meter_id').references(() => meters.id),
    /** Minor units for each unit of usage, not always whole. */
    unitAmountDecimal: numeric('unit_amount_decimal'),
    interval: text('interval').$type<(typeof intervals)[number]>().notNull(),
    intervalCount: integer('interval_count').notNull().default(1),
    trialDays: integer('trial_days').notNull().default(0),
    taxBehavior: text('tax_behavior').$type<'exclusive' | 'inclusive'>().notNull().default('exclusive'),
    successorId: text('successor_id').references((): AnyPgColumn => prices.id),
    archivedAt: instant('archived_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('prices_by_plan').on(table.planId),
    check('prices_amount', sql`${table.amount} >= 0`),
    check(
      'prices_metered',
      sql`(meter_id is null) = (unit_amount_decimal is null) and unit_amount_decimal >= 0 and (meter_id is null or (amount = 0 and trial_days = 0))`,
    ),
    check('prices_interval', isOneOf('interval', intervals)),
    check('prices_interval_count', sql`${table.intervalCount} > 0`),
    check('prices_trial_days', sql`${table.trialDays} between 0 and 730`),
    check('prices_tax_behavior', isOneOf('tax_behavior', ['exclusive', 'inclusive'])),
    check('prices_currency', sql`${table.currency} ~ '^[A-Z]{3}$'`),
  ],
)

export const providerPrices = billhook.table(
  'provider_prices',
  {
    id: id(),
    priceId: text('price_id')
      .notNull()
      .references(() => prices.id),
    organizationId: text('organization_id').references(() => organizations.id),
    provider: provider(),
    providerKind: providerKind(),
    externalPriceId: text('external_price_id').notNull(),
    externalProductId: text('external_product_id').notNull(),
    stripePriceId: legacyStripeColumn('stripe_price_id', 'external_price_id'),
    stripeProductId: legacyStripeColumn('stripe_product_id', 'external_product_id'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('provider_prices_external_once').on(table.provider, table.externalPriceId),
    unique('provider_prices_price_once').on(table.provider, table.priceId),
    index('provider_prices_by_price').on(table.priceId),
  ],
)

export const couponDurations = ['once', 'repeating', 'forever'] as const

/** A discount that can be given at checkout. What it takes off never changes: another discount is another coupon. */
export const coupons = billhook.table(
  'coupons',
  {
    id: id(),
    key: text('key').notNull().unique('coupons_key_once'),
    /** Null: for everyone. Otherwise for this organization alone. */
    organizationId: text('organization_id').references(() => organizations.id),
    name: text('name').notNull(),
    /** Up to two decimals; exactly one of percent and amount is set. */
    percentOff: numeric('percent_off', { precision: 5, scale: 2 }),
    amountOff: amount('amount_off'),
    currency: text('currency'),
    duration: text('duration').$type<(typeof couponDurations)[number]>().notNull(),
    durationInMonths: integer('duration_in_months'),
    /** What a buyer may type on the hosted page; null: only we apply it. */
    promotionCode: text('promotion_code').unique('coupons_promotion_code_once'),
    maxRedemptions: integer('max_redemptions'),
    expiresAt: instant('expires_at'),
    archivedAt: instant('archived_at'),
    metadata: metadata(),
    createdAt: createdAt(),
  },
  (table) => [
    check('coupons_one_kind', sql`(percent_off is null) <> (amount_off is null)`),
    check('coupons_percent', sql`${table.percentOff} > 0 and ${table.percentOff} <= 100`),
    check('coupons_amount', sql`(amount_off is null) = (currency is null) and ${table.amountOff} > 0`),
    check('coupons_duration', isOneOf('duration', couponDurations)),
    check(
      'coupons_months',
      sql`(duration = 'repeating') = (duration_in_months is not null) and ${table.durationInMonths} > 0`,
    ),
    check('coupons_redemptions', sql`${table.maxRedemptions} > 0`),
  ],
)

export const providerCoupons = billhook.table(
  'provider_coupons',
  {
    id: id(),
    couponId: text('coupon_id')
      .notNull()
      .references(() => coupons.id),
    organizationId: text('organization_id').references(() => organizations.id),
    provider: provider(),
    providerKind: providerKind(),
    externalCouponId: text('external_coupon_id').notNull(),
    externalPromotionCodeId: text('external_promotion_code_id'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('provider_coupons_external_once').on(table.provider, table.externalCouponId),
    unique('provider_coupons_coupon_once').on(table.provider, table.couponId),
  ],
)
