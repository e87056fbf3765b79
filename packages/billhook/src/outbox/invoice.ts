import type { BillingReason, InvoiceStatus } from '../providers/provider.ts'

export interface InvoiceLine {
  description: string
  quantity: number | null
  /** Net and signed, minor units. */
  amount: number
  periodStart: Date | null
  periodEnd: Date | null
  priceId: string | null
}

/** A bill as it is shown. Amounts are minor units of `currency`. */
export interface Invoice {
  id: string
  organizationId: string
  number: string | null
  numberSource: 'provider' | 'billhook'
  status: InvoiceStatus
  billingReason: BillingReason
  provider: string
  externalInvoiceId: string
  externalPaymentIntentId: string | null
  stripeInvoiceId: string | null
  stripePaymentIntentId: string | null
  subscriptionId: string | null
  currency: string
  subtotal: number
  discount: number
  tax: number
  total: number
  creditApplied: number
  amountDue: number
  amountPaid: number
  amountRemaining: number
  amountRefunded: number
  periodStart: Date | null
  periodEnd: Date | null
  dueAt: Date | null
  paidAt: Date | null
  createdAt: Date
  hostedUrl: string | null
  pdfUrl: string | null
  lines: InvoiceLine[]
}

/** The stored rows as they are shown. */
export const invoiceView = (row: Omit<Invoice, 'lines'>, lines: readonly InvoiceLine[]): Invoice => ({
  id: row.id,
  organizationId: row.organizationId,
  number: row.number,
  numberSource: row.numberSource,
  status: row.status,
  billingReason: row.billingReason,
  provider: row.provider,
  externalInvoiceId: row.externalInvoiceId,
  externalPaymentIntentId: row.externalPaymentIntentId,
  stripeInvoiceId: row.stripeInvoiceId,
  stripePaymentIntentId: row.stripePaymentIntentId,
  subscriptionId: row.subscriptionId,
  currency: row.currency,
  subtotal: row.subtotal,
  discount: row.discount,
  tax: row.tax,
  total: row.total,
  creditApplied: row.creditApplied,
  amountDue: row.amountDue,
  amountPaid: row.amountPaid,
  amountRemaining: row.amountRemaining,
  amountRefunded: row.amountRefunded,
  periodStart: row.periodStart,
  periodEnd: row.periodEnd,
  dueAt: row.dueAt,
  paidAt: row.paidAt,
  createdAt: row.createdAt,
  hostedUrl: row.hostedUrl,
  pdfUrl: row.pdfUrl,
  lines: lines.map((line) => ({
    description: line.description,
    quantity: line.quantity,
    amount: line.amount,
    periodStart: line.periodStart,
    periodEnd: line.periodEnd,
    priceId: line.priceId,
  })),
})

/** A bill as events carry it: without the payment, which some providers tell only when they are asked, after the bill is told as paid. */
export type InvoiceFacts = Omit<Invoice, 'externalPaymentIntentId' | 'stripePaymentIntentId'>

export const invoiceFactsOf = ({
  externalPaymentIntentId: _external,
  stripePaymentIntentId: _legacy,
  ...facts
}: Invoice): InvoiceFacts => facts
