import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, integer, jsonb, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import {
  type BillingTerms,
  liveStatuses,
  type PauseData,
  type ProrationMode,
  type SubscriptionStatus,
  subscriptionStatuses,
} from '../../providers/provider.ts'
import { plans, prices } from './catalog.ts'
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
  organizationId,
  provider,
  providerKind,
  snapshotGuard,
  updatedAt,
} from './columns.ts'
import { customers } from './customers.ts'
import { organizations } from './organizations.ts'

export const subscriptions = billhook.table(
  'subscriptions',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    productLine: text('product_line').notNull(),
    planId: text('plan_id')
      .notNull()
      .references(() => plans.id),
    priceId: text('price_id')
      .notNull()
      .references(() => prices.id),
    status: text('status').$type<SubscriptionStatus>().notNull(),
    quantity: integer('quantity').notNull(),
    currency: currency(),
    startedAt: instant('started_at'),
    currentPeriodStart: instant('current_period_start'),
    currentPeriodEnd: instant('current_period_end'),
    /** Month ends are counted from here, never from the previous boundary. */
    billingAnchorAt: instant('billing_anchor_at'),
    cycleNo: integer('cycle_no').notNull().default(0),
    /** Access runs to here whatever the provider says; moves only forward, except by an audited `end_now`. */
    paidThroughAt: instant('paid_through_at'),
    /** When our own timers next have something to decide. */
    nextActionAt: instant('next_action_at'),
    /** The first failure of the debt that is open now; retries do not move it. */
    graceStartedAt: instant('grace_started_at'),
    trialStart: instant('trial_start'),
    trialEnd: instant('trial_end'),
    /** The trial end that was reminded of. */
    trialEndToldAt: instant('trial_end_told_at'),
    cancelAt: instant('cancel_at'),
    canceledAt: instant('canceled_at'),
    endedAt: instant('ended_at'),
    pauseKind: text('pause_kind').$type<PauseData['kind']>(),
    pauseFrom: instant('pause_from'),
    pauseResumesAt: instant('pause_resumes_at'),
    metadata: metadata(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('subscriptions_scope').on(table.organizationId, table.id),
    uniqueIndex('subscriptions_one_live')
      .on(table.organizationId, table.productLine)
      .where(isOneOf('status', liveStatuses)),
    index('subscriptions_due').on(table.nextActionAt).where(sql`next_action_at is not null`),
    check('subscriptions_status', isOneOf('status', subscriptionStatuses)),
    check('subscriptions_quantity', sql`${table.quantity} >= 0`),
    check('subscriptions_period', sql`${table.currentPeriodStart} < ${table.currentPeriodEnd}`),
    check('subscriptions_ended', sql`(status = 'canceled') = (ended_at is not null)`),
    check(
      'subscriptions_live_has_period',
      sql`${isOneOf('status', ['trialing', 'active', 'past_due'])} is false or current_period_end is not null`,
    ),
    check('subscriptions_pause_kind', isOneOf('pause_kind', ['collection', 'service'])),
  ],
)

/** All terms that a subscription had, and its times, as a provider told them that makes no documents. Instants as RFC 3339. */
export interface KeptTerms {
  currency: string
  trialStart: string | null
  trialEnd: string | null
  endedAt: string | null
  /** When it last stopped collecting, as far as that was told. */
  stoppedAt?: string | null
  /** In the order in which they were seen, the present ones last. */
  history: Array<{ seenAt: string; anchorAt: string; terms: BillingTerms }>
}

const bindingRoles = ['billing', 'pending', 'ending', 'ended', 'duplicate'] as const

/** The tie to a provider's subscription. Only the `billing` one's snapshots change the subscription. */
export const bindings = billhook.table(
  'bindings',
  {
    id: id(),
    organizationId: organizationId(),
    subscriptionId: text('subscription_id').notNull(),
    customerId: text('customer_id').notNull(),
    provider: provider(),
    providerKind: providerKind(),
    externalSubscriptionId: text('external_subscription_id').notNull(),
    stripeSubscriptionId: legacyStripeColumn('stripe_subscription_id', 'external_subscription_id'),
    role: text('role').$type<(typeof bindingRoles)[number]>().notNull(),
    /** Who runs the billing cycle. */
    engine: text('engine').$type<'provider' | 'own'>().notNull().default('provider'),
    externalStatus: text('external_status').$type<SubscriptionStatus>().notNull(),
    /** What bills are written from, where the provider makes none. */
    terms: jsonb('terms').$type<KeptTerms>(),
    /** An end that we keep because the provider cannot: until then it is paused there. */
    holdEndsAt: instant('hold_ends_at'),
    /** What it is for the product until then. `paused`: somebody had paused it before, and that pause is left alone. */
    holdStatus: text('hold_status').$type<SubscriptionStatus>(),
    /** The intent: nothing is held where it failed. */
    holdOperationId: text('hold_operation_id'),
    /** By the wall clock: when to try again what the provider has refused. */
    holdRetryAt: instant('hold_retry_at'),
    ...snapshotGuard(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('bindings_scope').on(table.organizationId, table.id),
    unique('bindings_external_once').on(table.provider, table.externalSubscriptionId),
    uniqueIndex('bindings_one_billing').on(table.subscriptionId).where(sql`role = 'billing'`),
    index('bindings_by_subscription').on(table.organizationId, table.subscriptionId),
    foreignKey({
      name: 'bindings_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
    foreignKey({
      name: 'bindings_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    check('bindings_role', isOneOf('role', bindingRoles)),
    check('bindings_engine', isOneOf('engine', ['provider', 'own'])),
    check('bindings_external_status', isOneOf('external_status', subscriptionStatuses)),
    index('bindings_held').on(table.provider, table.holdEndsAt).where(sql`hold_ends_at is not null`),
    check('bindings_hold_status', isOneOf('hold_status', liveStatuses)),
    check(
      'bindings_hold_whole',
      sql`(hold_ends_at is null) = (hold_status is null) and (hold_ends_at is null) = (hold_operation_id is null)`,
    ),
    check('bindings_hold_is_billing', sql`hold_ends_at is null or role = 'billing'`),
  ],
)

export const subscriptionItems = billhook.table(
  'subscription_items',
  {
    id: id(),
    organizationId: organizationId(),
    subscriptionId: text('subscription_id').notNull(),
    bindingId: text('binding_id').notNull(),
    externalItemId: text('external_item_id').notNull(),
    externalPriceId: text('external_price_id').notNull(),
    /** Null while the provider's price is mapped to none of ours. */
    priceId: text('price_id').references(() => prices.id),
    /** Null for metered items. */
    quantity: integer('quantity'),
    /** Of metered items: when what was used is reported next, by the wall clock; null: at once. */
    usageDueAt: instant('usage_due_at'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('subscription_items_external_once').on(table.bindingId, table.externalItemId),
    index('subscription_items_by_subscription').on(table.organizationId, table.subscriptionId),
    foreignKey({
      name: 'subscription_items_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
    foreignKey({
      name: 'subscription_items_binding',
      columns: [table.organizationId, table.bindingId],
      foreignColumns: [bindings.organizationId, bindings.id],
    }),
  ],
)

export const subscriptionPeriods = billhook.table(
  'subscription_periods',
  {
    id: id(),
    organizationId: organizationId(),
    subscriptionId: text('subscription_id').notNull(),
    bindingId: text('binding_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    startAt: instant('start_at').notNull(),
    endAt: instant('end_at').notNull(),
    isTrial: boolean('is_trial').notNull().default(false),
    /** The moment that its end was last heard of; of the present one the binding knows, so it is written when the period is over. */
    observedAt: instant('observed_at'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('subscription_periods_ordinal_once').on(table.subscriptionId, table.ordinal),
    unique('subscription_periods_start_once').on(table.subscriptionId, table.startAt),
    foreignKey({
      name: 'subscription_periods_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
    check('subscription_periods_order', sql`${table.startAt} < ${table.endAt}`),
  ],
)

const changeStatuses = ['open', 'applied', 'canceled', 'expired', 'failed'] as const

/** A change that is wanted but not real yet: waiting for the buyer, the money or the next cycle. One open at a time. */
export const subscriptionChanges = billhook.table(
  'subscription_changes',
  {
    id: id(),
    organizationId: organizationId(),
    subscriptionId: text('subscription_id').notNull(),
    operationId: text('operation_id').notNull(),
    status: text('status').$type<(typeof changeStatuses)[number]>().notNull(),
    outcome: text('outcome').$type<'scheduled' | 'requires_approval' | 'pending_payment'>().notNull(),
    toPriceId: text('to_price_id').references(() => prices.id),
    toQuantity: integer('to_quantity'),
    proration: text('proration').$type<ProrationMode>().notNull(),
    approvalUrl: text('approval_url'),
    expiresAt: instant('expires_at'),
    effectiveAt: instant('effective_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('subscription_changes_one_open').on(table.subscriptionId).where(sql`status = 'open'`),
    index('subscription_changes_expiring').on(table.expiresAt).where(sql`status = 'open' and expires_at is not null`),
    foreignKey({
      name: 'subscription_changes_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
    check('subscription_changes_status', isOneOf('status', changeStatuses)),
    check('subscription_changes_approval', sql`outcome <> 'requires_approval' or approval_url is not null`),
  ],
)

/** What a change was shown to cost. Committing it within its life charges exactly this. */
export const changePreviews = billhook.table(
  'change_previews',
  {
    id: id(),
    organizationId: organizationId(),
    subscriptionId: text('subscription_id').notNull(),
    toPriceId: text('to_price_id')
      .notNull()
      .references(() => prices.id),
    toQuantity: integer('to_quantity').notNull(),
    proration: text('proration').$type<ProrationMode>().notNull(),
    /** The moment the amounts were computed for; sent along when the change is committed. */
    prorationAt: instant('proration_at').notNull(),
    dueNow: amount('due_now').notNull(),
    shown: jsonb('shown').$type<Record<string, unknown>>().notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('change_previews_by_subscription').on(table.organizationId, table.subscriptionId),
    foreignKey({
      name: 'change_previews_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
  ],
)
