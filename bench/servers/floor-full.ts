// The honest bound: verify, then one statement that writes the rows that the service writes for the same event, into copies of its
// tables with the same indexes and checks, but without row-level security, foreign keys and triggers.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { BenchEvent } from '../stripe-events.ts'
import { invoiceStatement, subscriptionStatement } from './floor-full-statements.ts'
import { intakeListener, listen } from './listen.ts'
import { verifiedEvent } from './verify.ts'

interface InvoiceObject {
  id: string
  total: number
  number: string
  hosted_invoice_url: string
  invoice_pdf: string
  lines: {
    data: Array<{
      id: string
      description: string
      period: { start: number; end: number }
      pricing: { price_details: { price: string } }
    }>
  }
  parent: { subscription_details: { subscription: string } }
  payments: { data: Array<{ payment: { payment_intent: string } }> }
}
interface SubscriptionObject {
  id: string
  status: string
  items: {
    data: Array<{
      id: string
      quantity: number
      price: { id: string }
      current_period_start: number
      current_period_end: number
    }>
  }
}

const pool = new pg.Pool({ connectionString: process.env.BENCH_SIDE_DATABASE_URL, max: 10 })
const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`
const instant = (seconds: number | undefined): Date => new Date((seconds ?? 0) * 1000)
const digest = 'd'.repeat(64)

const envelopeValues = (event: BenchEvent, raw: string): unknown[] => [
  newId('bhwh'),
  event.id,
  event.data.object.customer,
  event.type,
  instant(event.created),
  '2026-10-28.endive',
  raw,
  new Date(),
]

/** The outbox keeps the object as it was: about as many bytes as the service's own. */
function subscriptionValues(object: SubscriptionObject): unknown[] {
  const [item] = object.items.data
  const types = ['subscription.updated', 'entitlements.changed']
  const [start, end] = [instant(item?.current_period_start), instant(item?.current_period_end)]
  const shown = {
    id: newId('bhsub'),
    organizationId: newId('bhorg'),
    productLine: 'main',
    planId: newId('bhplan'),
    priceId: newId('bhprice'),
  }
  const facts = {
    ...shown,
    status: object.status,
    quantity: item?.quantity,
    provider: 'stripe',
    externalSubscriptionId: object.id,
  }
  const times = { currentPeriodStart: start, currentPeriodEnd: end, paidThroughAt: end, trialEnd: null, cancelAt: null }
  const ids = types.map(() => newId('bhevt'))
  const data = JSON.stringify({ ...facts, ...times, canceledAt: null, endedAt: null })
  return [object.id, digest, types, ids, data, object.status, item?.quantity, start, end, item?.id, item?.price.id]
}

function invoiceValues(object: InvoiceObject): unknown[] {
  const [line] = object.lines.data
  const types = ['invoice.created', 'invoice.finalized', 'invoice.paid']
  const [start, end] = [instant(line?.period.start), instant(line?.period.end)]
  const id = newId('bhinv')
  const shown = { id, organizationId: newId('bhorg'), number: object.number, numberSource: 'provider', status: 'paid' }
  const names = {
    billingReason: 'subscription_cycle',
    provider: 'stripe',
    externalInvoiceId: object.id,
    stripeInvoiceId: object.id,
  }
  const zero = { discount: 0, tax: 0, creditApplied: 0, amountRemaining: 0, amountRefunded: 0 }
  const amounts = {
    currency: 'EUR',
    subtotal: object.total,
    total: object.total,
    amountDue: object.total,
    amountPaid: object.total,
  }
  const urls = { hostedUrl: object.hosted_invoice_url, pdfUrl: object.invoice_pdf }
  const lines = [
    {
      description: line?.description,
      quantity: 1,
      amount: object.total,
      periodStart: start,
      periodEnd: end,
      priceId: newId('bhprice'),
    },
  ]
  const times = { periodStart: start, periodEnd: end, dueAt: null, paidAt: start, createdAt: start }
  const data = JSON.stringify({ ...shown, ...names, ...amounts, ...zero, ...times, ...urls, lines })
  const ids = types.map(() => newId('bhevt'))
  const described = [object.hosted_invoice_url, object.invoice_pdf, newId('bhline'), line?.id, line?.description]
  const payment = [object.payments.data[0]?.payment.payment_intent, newId('bhpay'), newId('bhalloc')]
  const { subscription } = object.parent.subscription_details
  return [
    subscription,
    digest,
    types,
    ids,
    data,
    object.id,
    id,
    object.total,
    object.number,
    start,
    end,
    ...described,
    ...payment,
  ]
}

const intake = async (body: Buffer, signature: string): Promise<void> => {
  const event = verifiedEvent(body, signature)
  const envelope = envelopeValues(event, body.toString())
  const query =
    event.type === 'invoice.paid'
      ? { name: 'invoice', text: invoiceStatement, values: [...envelope, ...invoiceValues(event.data.object as never)] }
      : {
          name: 'subscription',
          text: subscriptionStatement,
          values: [...envelope, ...subscriptionValues(event.data.object as never)],
        }
  await pool.query(query)
}
await listen(intakeListener(intake), () => pool.end())
