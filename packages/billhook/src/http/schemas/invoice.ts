import { z } from '@hono/zod-openapi'
import type { Invoice, PayResult } from '../../domain/invoices/index.ts'
import { currency, instant, iso, isoOrNull, minorUnits } from './common.ts'

const id = z.string().nullable()
const at = instant.nullable()

const lineSchema = z
  .object({
    description: z.string(),
    quantity: z.int().nullable(),
    amount: minorUnits.openapi({ description: 'Net and signed, minor units' }),
    period_start: at,
    period_end: at,
    price_id: id,
  })
  .openapi('InvoiceLine')

export const invoiceSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    number: id,
    number_source: z.enum(['provider', 'billhook']),
    status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']),
    billing_reason: z.enum(['subscription_create', 'subscription_cycle', 'subscription_update', 'manual']),
    provider: z.string(),
    external_invoice_id: z.string(),
    external_payment_intent_id: id,
    stripe_invoice_id: id,
    stripe_payment_intent_id: id,
    subscription_id: id,
    currency,
    subtotal: minorUnits,
    discount: minorUnits,
    tax: minorUnits,
    total: minorUnits,
    credit_applied: minorUnits,
    amount_due: minorUnits,
    amount_paid: minorUnits,
    amount_remaining: minorUnits,
    amount_refunded: minorUnits,
    period_start: at,
    period_end: at,
    due_at: at,
    paid_at: at,
    created_at: instant,
    hosted_url: z.string().nullable(),
    pdf_url: z.string().nullable(),
    lines: z.array(lineSchema),
  })
  .openapi('Invoice')

export const invoiceJson = (invoice: Invoice): z.infer<typeof invoiceSchema> => ({
  id: invoice.id,
  organization_id: invoice.organizationId,
  number: invoice.number,
  number_source: invoice.numberSource,
  status: invoice.status,
  billing_reason: invoice.billingReason,
  provider: invoice.provider,
  external_invoice_id: invoice.externalInvoiceId,
  external_payment_intent_id: invoice.externalPaymentIntentId,
  stripe_invoice_id: invoice.stripeInvoiceId,
  stripe_payment_intent_id: invoice.stripePaymentIntentId,
  subscription_id: invoice.subscriptionId,
  currency: invoice.currency,
  subtotal: invoice.subtotal,
  discount: invoice.discount,
  tax: invoice.tax,
  total: invoice.total,
  credit_applied: invoice.creditApplied,
  amount_due: invoice.amountDue,
  amount_paid: invoice.amountPaid,
  amount_remaining: invoice.amountRemaining,
  amount_refunded: invoice.amountRefunded,
  period_start: isoOrNull(invoice.periodStart),
  period_end: isoOrNull(invoice.periodEnd),
  due_at: isoOrNull(invoice.dueAt),
  paid_at: isoOrNull(invoice.paidAt),
  created_at: iso(invoice.createdAt),
  hosted_url: invoice.hostedUrl,
  pdf_url: invoice.pdfUrl,
  lines: invoice.lines.map((line) => ({
    description: line.description,
    quantity: line.quantity,
    amount: line.amount,
    period_start: isoOrNull(line.periodStart),
    period_end: isoOrNull(line.periodEnd),
    price_id: line.priceId,
  })),
})

export const payResultSchema = z
  .object({
    outcome: z.enum(['paid', 'processing', 'requires_action']),
    url: z.string().optional().openapi({ description: 'Where the buyer goes on, for requires_action' }),
    invoice: invoiceSchema.openapi({
      description: 'The invoice, or, where the provider collects what is owed as one sum, the one that was paid',
    }),
  })
  .openapi('PayResult')

export const payResultJson = (result: Exclude<PayResult, { outcome: 'pending' }>): z.infer<typeof payResultSchema> => ({
  outcome: result.outcome,
  ...(result.outcome === 'requires_action' && { url: result.url }),
  invoice: invoiceJson(result.invoice),
})
