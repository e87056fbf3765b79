import { sql } from 'drizzle-orm'
import { boolean, check, foreignKey, index, integer, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import type {
  BillingReason,
  DisputeStatus,
  InvoiceStatus,
  PaymentStatus,
  RefundStatus,
} from '../../providers/provider.ts'
import { prices } from './catalog.ts'
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
import { bindings, subscriptions } from './subscriptions.ts'

/** Where an organization's own numbering stands: every number is given once and none is left out. */
export const invoiceSequences = billhook.table(
  'invoice_sequences',
  {
    organizationId: organizationId()
      .primaryKey()
      .references(() => organizations.id),
    prefix: text('prefix').notNull(),
    lastNumber: integer('last_number').notNull(),
  },
  () => [check('invoice_sequences_last_number', sql`last_number > 0`)],
)

const invoiceStatuses = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const satisfies readonly InvoiceStatus[]
const billingReasons = [
  'subscription_create',
  'subscription_cycle',
  'subscription_update',
  'manual',
] as const satisfies readonly BillingReason[]

/** Totals, currency and number of a finalized invoice cannot change (a trigger holds it); lines sum to `subtotal` at commit. */
export const invoices = billhook.table(
  'invoices',
  {
    id: id(),
    organizationId: organizationId(),
    customerId: text('customer_id').notNull(),
    subscriptionId: text('subscription_id'),
    bindingId: text('binding_id'),
    provider: provider(),
    providerKind: providerKind(),
    externalInvoiceId: text('external_invoice_id').notNull(),
    externalPaymentIntentId: text('external_payment_intent_id'),
    stripeInvoiceId: legacyStripeColumn('stripe_invoice_id', 'external_invoice_id'),
    stripePaymentIntentId: legacyStripeColumn('stripe_payment_intent_id', 'external_payment_intent_id'),
    number: text('number'),
    /** Whose numbering makes it the tax document. */
    numberSource: text('number_source').$type<'provider' | 'billhook'>().notNull(),
    status: text('status').$type<InvoiceStatus>().notNull(),
    billingReason: text('billing_reason').$type<BillingReason>().notNull(),
    currency: currency(),
    subtotal: amount('subtotal').notNull(),
    discount: amount('discount').notNull(),
    tax: amount('tax').notNull(),
    total: amount('total').notNull(),
    creditApplied: amount('credit_applied').notNull(),
    amountDue: amount('amount_due').notNull(),
    amountPaid: amount('amount_paid').notNull(),
    amountRemaining: amount('amount_remaining').notNull(),
    amountRefunded: amount('amount_refunded').notNull(),
    periodStart: instant('period_start'),
    periodEnd: instant('period_end'),
    dueAt: instant('due_at'),
    finalizedAt: instant('finalized_at'),
    paidAt: instant('paid_at'),
    voidedAt: instant('voided_at'),
    attemptCount: integer('attempt_count').notNull().default(0),
    nextPaymentAttemptAt: instant('next_payment_attempt_at'),
    /** When the provider is asked which payment it was, where its news of one did not say; null: nothing to ask. */
    paymentsDueAt: instant('payments_due_at'),
    hostedUrl: text('hosted_url'),
    pdfUrl: text('pdf_url'),
    ...snapshotGuard(),
    metadata: metadata(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('invoices_scope').on(table.organizationId, table.id),
    unique('invoices_external_once').on(table.provider, table.externalInvoiceId),
    // A provider's document is a fact, even a second one for one period; the documents we make cannot repeat a cycle of a binding.
    uniqueIndex('invoices_cycle_once')
      .on(table.bindingId, table.periodStart)
      .where(sql`billing_reason = 'subscription_cycle' and number_source = 'billhook' and status <> 'void'`),
    uniqueIndex('invoices_number_once').on(table.organizationId, table.number).where(sql`number_source = 'billhook'`),
    index('invoices_by_organization').on(table.organizationId, table.createdAt, table.id),
    index('invoices_by_subscription').on(table.organizationId, table.subscriptionId),
    index('invoices_payments_due').on(table.paymentsDueAt).where(sql`payments_due_at is not null`),
    foreignKey({
      name: 'invoices_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    foreignKey({
      name: 'invoices_subscription',
      columns: [table.organizationId, table.subscriptionId],
      foreignColumns: [subscriptions.organizationId, subscriptions.id],
    }),
    foreignKey({
      name: 'invoices_binding',
      columns: [table.organizationId, table.bindingId],
      foreignColumns: [bindings.organizationId, bindings.id],
    }),
    check('invoices_status', isOneOf('status', invoiceStatuses)),
    check('invoices_billing_reason', isOneOf('billing_reason', billingReasons)),
    check('invoices_number_source', isOneOf('number_source', ['provider', 'billhook'])),
    check('invoices_currency', sql`${table.currency} ~ '^[A-Z]{3}$'`),
    check('invoices_total', sql`total = subtotal - discount + tax`),
    check('invoices_amount_due', sql`amount_due = greatest(0, total - credit_applied)`),
    check(
      'invoices_never_negative',
      sql`discount >= 0 and amount_paid >= 0 and amount_remaining >= 0 and amount_refunded >= 0`,
    ),
    check('invoices_refund_within_paid', sql`amount_refunded <= amount_paid`),
    check('invoices_paid_at', sql`status <> 'paid' or paid_at is not null`),
  ],
)

export const invoiceLines = billhook.table(
  'invoice_lines',
  {
    id: id(),
    organizationId: organizationId(),
    invoiceId: text('invoice_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    externalLineId: text('external_line_id'),
    description: text('description').notNull(),
    quantity: integer('quantity'),
    /** Net and signed. */
    amount: amount('amount').notNull(),
    priceId: text('price_id').references(() => prices.id),
    proration: boolean('proration').notNull().default(false),
    periodStart: instant('period_start'),
    periodEnd: instant('period_end'),
  },
  (table) => [
    unique('invoice_lines_ordinal_once').on(table.invoiceId, table.ordinal),
    foreignKey({
      name: 'invoice_lines_invoice',
      columns: [table.organizationId, table.invoiceId],
      foreignColumns: [invoices.organizationId, invoices.id],
    }),
  ],
)

const paymentStatuses = [
  'processing',
  'requires_action',
  'succeeded',
  'failed',
  'canceled',
] as const satisfies readonly PaymentStatus[]

/** One attempt to collect money. */
export const payments = billhook.table(
  'payments',
  {
    id: id(),
    organizationId: organizationId(),
    customerId: text('customer_id').notNull(),
    bindingId: text('binding_id'),
    operationId: text('operation_id'),
    provider: provider(),
    providerKind: providerKind(),
    externalPaymentId: text('external_payment_id').notNull(),
    stripePaymentIntentId: legacyStripeColumn('stripe_payment_intent_id', 'external_payment_id'),
    status: text('status').$type<PaymentStatus>().notNull(),
    currency: currency(),
    amount: amount('amount').notNull(),
    attemptNo: integer('attempt_no').notNull().default(1),
    declineCode: text('decline_code'),
    failureMessage: text('failure_message'),
    attemptedAt: instant('attempted_at'),
    /** Of a charge that bills are written from: the tax in it, what went back of it, and when it is tried again. Else null. */
    tax: amount('tax'),
    amountRefunded: amount('amount_refunded'),
    nextAttemptAt: instant('next_attempt_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('payments_scope').on(table.organizationId, table.id),
    unique('payments_external_once').on(table.provider, table.externalPaymentId),
    foreignKey({
      name: 'payments_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    check('payments_status', isOneOf('status', paymentStatuses)),
    index('payments_by_binding').on(table.organizationId, table.bindingId),
    check('payments_amount', sql`${table.amount} >= 0`),
    check('payments_tax', sql`tax between 0 and amount and (tax is null) = (amount_refunded is null)`),
    check('payments_amount_refunded', sql`amount_refunded between 0 and amount`),
  ],
)

export const paymentAllocations = billhook.table(
  'payment_allocations',
  {
    id: id(),
    organizationId: organizationId(),
    paymentId: text('payment_id').notNull(),
    invoiceId: text('invoice_id').notNull(),
    amount: amount('amount').notNull(),
  },
  (table) => [
    unique('payment_allocations_once').on(table.paymentId, table.invoiceId),
    index('payment_allocations_by_invoice').on(table.organizationId, table.invoiceId),
    foreignKey({
      name: 'payment_allocations_payment',
      columns: [table.organizationId, table.paymentId],
      foreignColumns: [payments.organizationId, payments.id],
    }),
    foreignKey({
      name: 'payment_allocations_invoice',
      columns: [table.organizationId, table.invoiceId],
      foreignColumns: [invoices.organizationId, invoices.id],
    }),
    check('payment_allocations_amount', sql`${table.amount} >= 0`),
  ],
)

const refundStatuses = ['pending', 'succeeded', 'failed'] as const satisfies readonly RefundStatus[]

export const refunds = billhook.table(
  'refunds',
  {
    id: id(),
    organizationId: organizationId(),
    paymentId: text('payment_id').notNull(),
    invoiceId: text('invoice_id'),
    operationId: text('operation_id'),
    provider: provider(),
    providerKind: providerKind(),
    externalRefundId: text('external_refund_id').notNull(),
    status: text('status').$type<RefundStatus>().notNull(),
    currency: currency(),
    amount: amount('amount').notNull(),
    reason: text('reason'),
    failureMessage: text('failure_message'),
    ...snapshotGuard(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('refunds_external_once').on(table.provider, table.externalRefundId),
    foreignKey({
      name: 'refunds_payment',
      columns: [table.organizationId, table.paymentId],
      foreignColumns: [payments.organizationId, payments.id],
    }),
    check('refunds_status', isOneOf('status', refundStatuses)),
    check('refunds_amount', sql`${table.amount} > 0`),
  ],
)

const disputeStatuses = ['needs_response', 'under_review', 'won', 'lost'] as const satisfies readonly DisputeStatus[]

/** A payment that the buyer's bank asks back. While it is open, nothing of that payment can be refunded. */
export const disputes = billhook.table(
  'disputes',
  {
    id: id(),
    organizationId: organizationId(),
    paymentId: text('payment_id').notNull(),
    provider: provider(),
    providerKind: providerKind(),
    externalDisputeId: text('external_dispute_id').notNull(),
    status: text('status').$type<DisputeStatus>().notNull(),
    currency: currency(),
    amount: amount('amount').notNull(),
    reason: text('reason'),
    respondBy: instant('respond_by'),
    closedAt: instant('closed_at'),
    ...snapshotGuard(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('disputes_external_once').on(table.provider, table.externalDisputeId),
    index('disputes_by_payment').on(table.organizationId, table.paymentId),
    foreignKey({
      name: 'disputes_payment',
      columns: [table.organizationId, table.paymentId],
      foreignColumns: [payments.organizationId, payments.id],
    }),
    check('disputes_status', isOneOf('status', disputeStatuses)),
    check('disputes_amount', sql`${table.amount} > 0`),
    check('disputes_closed', sql`(status in ('won', 'lost')) = (closed_at is not null)`),
  ],
)

/** Corrects a finalized invoice, which itself never changes. */
export const creditNotes = billhook.table(
  'credit_notes',
  {
    id: id(),
    organizationId: organizationId(),
    invoiceId: text('invoice_id').notNull(),
    provider: provider(),
    providerKind: providerKind(),
    externalCreditNoteId: text('external_credit_note_id').notNull(),
    number: text('number'),
    currency: currency(),
    amount: amount('amount').notNull(),
    reason: text('reason'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('credit_notes_external_once').on(table.provider, table.externalCreditNoteId),
    foreignKey({
      name: 'credit_notes_invoice',
      columns: [table.organizationId, table.invoiceId],
      foreignColumns: [invoices.organizationId, invoices.id],
    }),
    check('credit_notes_amount', sql`${table.amount} > 0`),
  ],
)

/** Signed: positive is credit the customer may use. */
export const customerBalanceEntries = billhook.table(
  'customer_balance_entries',
  {
    id: id(),
    organizationId: organizationId(),
    customerId: text('customer_id').notNull(),
    invoiceId: text('invoice_id'),
    currency: currency(),
    amount: amount('amount').notNull(),
    reason: text('reason').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('customer_balance_entries_by_customer').on(table.organizationId, table.customerId),
    foreignKey({
      name: 'customer_balance_entries_customer',
      columns: [table.organizationId, table.customerId],
      foreignColumns: [customers.organizationId, customers.id],
    }),
    check('customer_balance_entries_amount', sql`${table.amount} <> 0`),
  ],
)
