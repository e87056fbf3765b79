import type { BillingReason, InvoiceData, InvoiceStatus, PaymentData, PaymentStatus } from '../providers/provider.ts'
import type { LegacyMapping, LegacyRow } from './import-mapping.ts'
import { atMost, misfit, readAmount, readCurrency, readId, readTime, readWord } from './legacy-values.ts'

export interface LegacyInvoice {
  row: LegacyRow<'invoices'>
  snapshot: InvoiceData
  observedAt: Date
  /** What had to be concluded because the row does not say it. */
  note: { code: string; reason: string } | null
}

const invoiceStatuses: readonly InvoiceStatus[] = ['draft', 'open', 'paid', 'uncollectible', 'void']
const billingReasons: readonly BillingReason[] = [
  'subscription_create',
  'subscription_cycle',
  'subscription_update',
  'manual',
]

/** What the attempt came to, as far as the bill tells. */
const paymentStatuses: Record<InvoiceStatus, PaymentStatus> = {
  draft: 'processing',
  open: 'processing',
  paid: 'succeeded',
  uncollectible: 'failed',
  void: 'canceled',
}

interface ReadInput {
  table: string
  externalCustomerId: string
  externalSubscriptionId: string | null
  statuses: LegacyMapping['statuses']['invoices']
  isMajor: boolean
  now: Date
}

/** An old row as the document it remembers: its totals are kept, its parts are what the row has of them. */
export function readInvoice(row: LegacyRow<'invoices'>, input: ReadInput): LegacyInvoice {
  const externalInvoiceId = readId(row.stripeInvoiceId, 'stripe_invoice_id')
  const status = readWord(row.status, invoiceStatuses, { voided: 'void', ...input.statuses }, 'status')
  const currency = readCurrency(row.currency)
  const amounts = readAmounts(row, currency, input.isMajor)
  const { createdAt, updatedAt, paidAt, ...times } = readTimes(row, input.now)
  const period = { periodStart: times.periodStart, periodEnd: times.periodEnd }
  const isPaid = status === 'paid'
  const line = { quantity: null, externalLineId: null, externalPriceId: null, proration: false, ...period }
  return {
    row,
    observedAt: updatedAt,
    note:
      isPaid && !paidAt
        ? { code: 'paid_at_missing', reason: `It is paid and does not say when; ${updatedAt.toISOString()} is taken.` }
        : null,
    snapshot: {
      externalInvoiceId,
      externalCustomerId: input.externalCustomerId,
      externalSubscriptionId: input.externalSubscriptionId,
      number: row.number?.trim() || null,
      status,
      billingReason: reasonOf(row, input),
      currency,
      ...amounts,
      ...period,
      createdAt,
      dueAt: times.dueAt,
      finalizedAt: status === 'draft' ? null : createdAt,
      paidAt: isPaid ? (paidAt ?? updatedAt) : paidAt,
      voidedAt: status === 'void' ? updatedAt : null,
      attemptCount: 0,
      nextPaymentAttemptAt: null,
      hostedUrl: row.hostedUrl?.trim() || null,
      pdfUrl: row.pdfUrl?.trim() || null,
      lines: [{ ...line, description: `${input.table} ${row.id}`, amount: amounts.subtotal }],
      payments: paymentsOf(row, { status, currency, ...amounts, at: paidAt ?? createdAt }),
      reference: {},
    },
  }
}

function readAmounts(row: LegacyRow<'invoices'>, currency: string, isMajor: boolean) {
  const read = (text: string | null, field: string) => readAmount(text, currency, { field, isMajor })
  const amountDue = read(row.amountDue, 'amount_due')
  const amountPaid = read(row.amountPaid, 'amount_paid') ?? 0
  if (amountDue === null) throw misfit('null_amount', 'amount_due is empty.')
  const total = Math.max(read(row.total, 'total') ?? amountDue, amountDue)
  const tax = read(row.tax, 'tax') ?? 0
  const discount = read(row.discount, 'discount') ?? 0
  const amountRefunded = read(row.amountRefunded, 'amount_refunded') ?? 0
  if (amountRefunded > amountPaid) throw misfit('refunded_too_much', 'amount_refunded is more than amount_paid.')
  return {
    total,
    tax,
    discount,
    subtotal: total - tax + discount,
    // Money the customer had with the provider.
    creditApplied: total - amountDue,
    amountDue,
    amountPaid,
    amountRemaining: Math.max(0, amountDue - amountPaid),
    amountRefunded,
  }
}

function readTimes(row: LegacyRow<'invoices'>, now: Date) {
  const createdAt = readTime(row.createdAt, 'created_at')
  if (!createdAt) throw misfit('null_time', 'created_at is empty.')
  return {
    createdAt,
    updatedAt: atMost(readTime(row.updatedAt, 'updated_at') ?? createdAt, now),
    paidAt: readTime(row.paidAt, 'paid_at'),
    dueAt: readTime(row.dueAt, 'due_date'),
    periodStart: readTime(row.periodStart, 'period_start'),
    periodEnd: readTime(row.periodEnd, 'period_end'),
  }
}

function reasonOf(row: LegacyRow<'invoices'>, { externalSubscriptionId }: ReadInput): BillingReason {
  const named = billingReasons.find((reason) => reason === row.billingReason)
  return named ?? (externalSubscriptionId ? 'subscription_cycle' : 'manual')
}

interface PaidFacts {
  status: InvoiceStatus
  currency: string
  amountPaid: number
  amountDue: number
  at: Date
}

/** An empty list: there was no attempt that the row knows of. */
function paymentsOf(
  row: LegacyRow<'invoices'>,
  { status, currency, amountPaid, amountDue, at }: PaidFacts,
): PaymentData[] {
  const externalPaymentId = row.stripePaymentIntentId?.trim()
  if (!externalPaymentId) return []
  const amount = status === 'paid' ? amountPaid : amountDue
  const none = { declineCode: null, failureMessage: null }
  return [{ externalPaymentId, status: paymentStatuses[status], amount, currency, ...none, attemptedAt: at }]
}
