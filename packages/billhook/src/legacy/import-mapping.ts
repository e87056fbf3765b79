import { z } from 'zod'
import { invalid } from '../primitives/index.ts'

/** What is read of each old table, and the columns that are taken for it where the mapping names none, the first that is there. */
export const legacyFields = {
  plans: {
    id: ['id'],
    stripePriceId: ['stripe_price_id'],
    stripeProductId: ['stripe_product_id'],
    slug: ['slug', 'key', 'code'],
    name: ['name', 'title'],
    description: ['description'],
    amount: ['amount', 'price', 'amount_cents', 'price_cents', 'unit_amount'],
    currency: ['currency'],
    interval: ['interval', 'billing_interval', 'billing_period'],
    intervalCount: ['interval_count'],
    isActive: ['is_active', 'active'],
    features: ['features'],
    limits: ['limits'],
    productLine: ['product_line'],
  },
  subscriptions: {
    id: ['id'],
    organizationId: ['organization_id', 'org_id', 'tenant_id', 'account_id', 'team_id', 'workspace_id'],
    planId: ['plan_id'],
    stripeSubscriptionId: ['stripe_subscription_id'],
    stripeCustomerId: ['stripe_customer_id'],
    stripePriceId: ['stripe_price_id'],
    stripeItemId: ['stripe_subscription_item_id', 'stripe_item_id'],
    status: ['status'],
    quantity: ['quantity', 'seats'],
    periodStart: ['current_period_start'],
    periodEnd: ['current_period_end'],
    cancelAtPeriodEnd: ['cancel_at_period_end'],
    cancelAt: ['cancel_at'],
    canceledAt: ['canceled_at', 'cancelled_at'],
    endedAt: ['ended_at'],
    trialStart: ['trial_start'],
    trialEnd: ['trial_end'],
    createdAt: ['created_at', 'created'],
    updatedAt: ['updated_at', 'modified_at', 'modified', 'updated'],
  },
  invoices: {
    id: ['id'],
    organizationId: ['organization_id', 'org_id', 'tenant_id', 'account_id', 'team_id', 'workspace_id'],
    subscriptionId: ['subscription_id'],
    stripeInvoiceId: ['stripe_invoice_id'],
    stripePaymentIntentId: ['stripe_payment_intent_id'],
    stripeCustomerId: ['stripe_customer_id'],
    number: ['number', 'invoice_number'],
    status: ['status'],
    billingReason: ['billing_reason'],
    currency: ['currency'],
    amountDue: ['amount_due', 'amount', 'amount_due_cents'],
    amountPaid: ['amount_paid', 'amount_paid_cents'],
    amountRefunded: ['amount_refunded'],
    total: ['total', 'total_cents'],
    tax: ['tax', 'tax_cents'],
    discount: ['discount', 'discount_cents'],
    periodStart: ['period_start'],
    periodEnd: ['period_end'],
    dueAt: ['due_date', 'due_at'],
    paidAt: ['paid_at'],
    hostedUrl: ['hosted_invoice_url', 'hosted_url'],
    pdfUrl: ['invoice_pdf', 'invoice_pdf_url', 'pdf_url'],
    createdAt: ['created_at', 'created'],
    updatedAt: ['updated_at', 'modified_at', 'modified', 'updated'],
  },
  organizations: {
    id: ['id'],
    name: ['name', 'title'],
    email: ['billing_email', 'email', 'contact_email'],
    country: ['country', 'country_code'],
    currency: ['currency'],
    timezone: ['timezone', 'time_zone'],
  },
} as const

export type LegacyTable = keyof typeof legacyFields
export type LegacyField<T extends LegacyTable> = keyof (typeof legacyFields)[T] & string
/** One row as text; null where it has nothing, or where the table has no such column. */
export type LegacyRow<T extends LegacyTable> = { id: string } & Record<LegacyField<T>, string | null>

/** Without these nothing can be made of a table. */
export const requiredFields: { [T in LegacyTable]: ReadonlyArray<LegacyField<T>> } = {
  plans: ['id', 'stripePriceId', 'stripeProductId', 'amount', 'currency', 'interval'],
  subscriptions: ['id', 'organizationId', 'stripeSubscriptionId', 'stripeCustomerId', 'status'],
  invoices: ['id', 'organizationId', 'stripeInvoiceId', 'status', 'currency', 'amountDue', 'amountPaid', 'createdAt'],
  organizations: ['id'],
}

const tableMapping = (table: string) =>
  z
    .strictObject({ table: z.string().min(1).default(table), columns: z.record(z.string(), z.string()).default({}) })
    .prefault({})

const legacyMappingSchema = z.strictObject({
  /** Where unqualified tables are. */
  schema: z.string().min(1).default('public'),
  plans: tableMapping('billing_plan'),
  subscriptions: tableMapping('billing_subscription'),
  invoices: tableMapping('billing_invoice'),
  /** Found by the foreign key of the subscriptions when it is left out. */
  organizations: z
    .strictObject({ table: z.string().min(1), columns: z.record(z.string(), z.string()).default({}) })
    .optional(),
  /** `minor`: as Stripe counts (cents); `major`: euros; `detect`: whole-number columns are minor, decimal ones major. */
  amounts: z.enum(['detect', 'minor', 'major']).default('detect'),
  /** Words of the old application to ours. */
  statuses: z
    .strictObject({
      subscriptions: z.record(z.string(), z.string()).default({}),
      invoices: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  /** What a new organization gets where the old table does not say. `{id}` in the e-mail stands for its id. */
  defaults: z
    .strictObject({
      email: z.string().optional(),
      country: z.string().optional(),
      currency: z.string().optional(),
      timezone: z.string().default('UTC'),
    })
    .prefault({}),
})

export type LegacyMapping = z.output<typeof legacyMappingSchema>

/** Errors: `invalid_mapping`, which names the entry. */
export function parseLegacyMapping(value: unknown): LegacyMapping {
  const parsed = legacyMappingSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw invalid('invalid_mapping', `The mapping is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message}.`)
  }
  for (const table of ['plans', 'subscriptions', 'invoices', 'organizations'] as const) {
    const unknown = Object.keys(parsed.data[table]?.columns ?? {}).find((field) => !(field in legacyFields[table]))
    if (unknown)
      throw invalid(
        'invalid_mapping',
        `The mapping names "${table}.columns.${unknown}"; there is ${Object.keys(legacyFields[table]).join(', ')}.`,
      )
  }
  return parsed.data
}
