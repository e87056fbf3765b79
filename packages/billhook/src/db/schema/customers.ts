import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, jsonb, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import type { CheckoutStatus } from '../../providers/provider.ts'
import { coupons, prices } from './catalog.ts'
import {
  billhook,
  createdAt,
  id,
  instant,
  isOneOf,
  legacyStripeColumn,
  metadata,
  organizationId,
  provider,
  providerKind,
  snapshotGuard,
  updatedAt,
} from './columns.ts'
import { organizations } from './organizations.ts'

export const customers = billhook.table(
  'customers',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    provider: provider(),
    providerKind: providerKind(),
    externalCustomerId: text('external_customer_id').notNull(),
    /** Set where the provider locks a customer to one currency; empty where it does not. */
    currency: text('currency').notNull().default(''),
    email: text('email'),
    name: text('name'),
    stripeCustomerId: legacyStripeColumn('stripe_customer_id', 'external_customer_id'),
    /** Gone at the provider; a new row takes its place. */
    deletedAt: instant('deleted_at'),
    metadata: metadata(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('customers_scope').on(table.organizationId, table.id),
    unique('customers_external_once').on(table.provider, table.externalCustomerId),
    uniqueIndex('customers_one_per_provider')
      .on(table.organizationId, table.provider, table.currency)
      .where(sql`deleted_at is null`),
  ],
)

export const paymentMethods = billhook.table(
  'payment_methods',
  {
    id: id(),
    organizationId: organizationId(),
    customerId: text('customer_id').notNull(),
    provider: provider(),
    providerKind: providerKind(),
    externalPaymentMethodId: text('external_payment_method_id').notNull(),
    kind: text('kind').notNull(),
    brand: text('brand'),
    last4: text('last4'),
    expiresMonth: integer('expires_month'),
    expiresYear: integer('expires_year'),
    detachedAt: instant('detached_at'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('payment_methods_scope').on(table.organizationId, table.id),
    unique('payment_methods_external_once').on(table.provider, table.externalPaymentMethodId),
    index('payment_methods_by_customer').on(table.organizationId, table.customerId),
    foreignKey({
      name: 'payment_methods_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    check('payment_methods_last4', sql`${table.last4} ~ '^[0-9]{4}$'`),
  ],
)

export const checkoutPurposes = ['subscribe', 'transfer', 'payment_method'] as const
const checkoutStatuses = ['open', 'processing', 'complete', 'expired'] as const satisfies readonly CheckoutStatus[]

export const checkoutSessions = billhook.table(
  'checkout_sessions',
  {
    id: id(),
    organizationId: organizationId(),
    customerId: text('customer_id').notNull(),
    provider: provider(),
    providerKind: providerKind(),
    purpose: text('purpose').$type<(typeof checkoutPurposes)[number]>().notNull().default('subscribe'),
    productLine: text('product_line').notNull(),
    status: text('status').$type<CheckoutStatus>().notNull(),
    priceId: text('price_id')
      .notNull()
      .references(() => prices.id),
    quantity: integer('quantity').notNull(),
    couponId: text('coupon_id').references(() => coupons.id),
    /** What else was asked of the hosted page; part of what makes two requests the same. */
    options: jsonb('options')
      .$type<{ allowPromotionCodes?: boolean; collectTaxIds?: boolean; automaticTax?: boolean }>()
      .notNull()
      .default({}),
    successUrl: text('success_url').notNull(),
    cancelUrl: text('cancel_url').notNull(),
    /** Null between the intent and the provider's answer. */
    externalSessionId: text('external_session_id'),
    url: text('url'),
    expiresAt: instant('expires_at'),
    subscriptionId: text('subscription_id'),
    /** `timer`: we gave it up; a later completion at the provider still counts. */
    concludedBy: text('concluded_by').$type<'provider' | 'timer'>(),
    ...snapshotGuard(),
    metadata: metadata(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('checkout_sessions_scope').on(table.organizationId, table.id),
    unique('checkout_sessions_external_once').on(table.provider, table.externalSessionId),
    uniqueIndex('checkout_sessions_one_open')
      .on(table.organizationId, table.productLine, table.purpose)
      .where(sql`status = 'open'`),
    index('checkout_sessions_due').on(table.expiresAt).where(sql`status = 'open'`),
    foreignKey({
      name: 'checkout_sessions_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    check('checkout_sessions_status', isOneOf('status', checkoutStatuses)),
    check('checkout_sessions_purpose', isOneOf('purpose', checkoutPurposes)),
    check('checkout_sessions_quantity', sql`${table.quantity} > 0`),
  ],
)
