import type { BillingReason, InvoiceStatus } from '../../providers/provider.ts'

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
