import type { InvoiceData, InvoiceLineData, PaymentData, PaymentStatus } from '../snapshots.ts'
import { fromApiAmount, fromApiCurrency } from './amounts.ts'
import { type InvoiceAmounts, invoiceAmounts } from './invoice-amounts.ts'
import { fromMetadata } from './reference.ts'
import { billingReason, invoiceStatus, paymentIntentStatus } from './status.ts'
import { type InvoiceLineWire, type InvoiceWire, invoiceWire, readWire } from './wire.ts'

export function readInvoice(value: unknown): InvoiceWire {
  return readWire(invoiceWire, value, 'invoice')
}

/** Theirs to ours, whichever API version wrote it; all lines must be there. Throws UnreadableObject where figures contradict each other. */
export function normalizeInvoice(wire: InvoiceWire): InvoiceData {
  const currency = fromApiCurrency(wire.currency)
  const amounts = invoiceAmounts(wire, currency)
  const { netLines: _, shipping: __, ...totals } = amounts
  const period = servicePeriod(wire.lines.data)
  const transitions = wire.status_transitions
  return {
    externalInvoiceId: wire.id,
    externalCustomerId: wire.customer,
    externalSubscriptionId: subscriptionDetailsOf(wire)?.subscription ?? wire.subscription,
    number: wire.number,
    status: invoiceStatus(wire.status, wire.paid === true),
    billingReason: billingReason(wire.billing_reason),
    currency,
    ...totals,
    amountDue: fromApiAmount(wire.amount_due, currency),
    amountPaid: fromApiAmount(wire.amount_paid, currency),
    amountRemaining: fromApiAmount(wire.amount_remaining, currency),
    amountRefunded: fromApiAmount(shownRefunds(wire), currency),
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    createdAt: wire.created,
    dueAt: wire.due_date,
    finalizedAt: transitions?.finalized_at ?? null,
    paidAt: transitions?.paid_at ?? null,
    voidedAt: transitions?.voided_at ?? null,
    attemptCount: wire.attempt_count ?? 0,
    nextPaymentAttemptAt: wire.next_payment_attempt,
    hostedUrl: wire.hosted_invoice_url,
    pdfUrl: wire.invoice_pdf,
    lines: normalizeLines(wire, amounts),
    payments: normalizePayments(wire, currency),
    reference: fromMetadata({ ...subscriptionDetailsOf(wire)?.metadata, ...wire.metadata }),
  }
}

/** Since basil (2025-03-31) under `parent`, before on the invoice itself. */
function subscriptionDetailsOf(wire: InvoiceWire) {
  return wire.parent?.subscription_details ?? wire.subscription_details ?? null
}

function normalizeLines(wire: InvoiceWire, { netLines, shipping }: InvoiceAmounts): InvoiceLineData[] {
  const lines = wire.lines.data.map((line, index) => ({
    externalLineId: line.id ?? null,
    description: line.description ?? '',
    quantity: line.quantity ?? null,
    amount: netLines[index] ?? 0,
    externalPriceId: priceOf(line),
    periodStart: line.period?.start ?? null,
    periodEnd: line.period?.end ?? null,
    proration: isProration(line),
  }))
  if (shipping === null) return lines
  const none = { externalLineId: null, quantity: null, externalPriceId: null, periodStart: null, periodEnd: null }
  return [...lines, { ...none, description: 'Shipping', amount: shipping, proration: false }]
}

function priceOf(line: InvoiceLineWire): string | null {
  const legacy = line.price ?? line.plan
  return line.pricing?.price_details?.price ?? (typeof legacy === 'string' ? legacy : legacy?.id) ?? null
}

function isProration(line: InvoiceLineWire): boolean {
  const details = line.parent?.subscription_item_details ?? line.parent?.invoice_item_details
  return details?.proration ?? line.proration ?? false
}

function isSubscriptionLine(line: InvoiceLineWire): boolean {
  return (line.parent?.type ?? line.type) === 'subscription_item_details' || line.type === 'subscription'
}

/**
 * The service period that is billed: of the lines for the subscription itself (else of its prorations, else of any line) the one that
 * starts last, because usage is billed for the cycle before; among those the one that ends first, as the subscription's own period does.
 */
function servicePeriod(lines: readonly InvoiceLineWire[]): { start: Date; end: Date } | null {
  const own = lines.filter(isSubscriptionLine)
  const cycle = own.filter((line) => !isProration(line))
  const candidates = [cycle, own, lines].find((some) => some.length > 0) ?? []
  const periods = candidates.flatMap(({ period }) =>
    period?.start && period.end ? [{ start: period.start, end: period.end }] : [],
  )
  return periods.sort((a, b) => b.start.getTime() - a.start.getTime() || a.end.getTime() - b.end.getTime())[0] ?? null
}

/** Null when the payload does not show them all: today's invoices hold payments only when asked to, and lists not their intents. */
function normalizePayments(wire: InvoiceWire, currency: string): PaymentData[] | null {
  if (!wire.payments) return legacyPayment(wire, currency)
  const isTold = wire.payments.data.every(
    ({ status, payment }) => status !== 'open' || typeof payment.payment_intent !== 'string',
  )
  return isTold && !wire.payments.has_more
    ? wire.payments.data.flatMap((payment) => normalizePayment(payment, currency) ?? [])
    : null
}

type InvoicePaymentWire = NonNullable<InvoiceWire['payments']>['data'][number]

/** InvoicePayment.status; an `open` one is as far as its intent is. */
const settledPayments = new Map<string, PaymentStatus>([
  ['paid', 'succeeded'],
  ['canceled', 'canceled'],
])

function normalizePayment(wire: InvoicePaymentWire, currency: string): PaymentData | null {
  const intent = typeof wire.payment.payment_intent === 'object' ? wire.payment.payment_intent : null
  const externalPaymentId =
    refId(wire.payment.payment_intent) ?? refId(wire.payment.charge) ?? wire.payment.payment_record
  const error = intent?.last_payment_error ?? null
  const status = settledPayments.get(wire.status) ?? paymentIntentStatus(intent?.status ?? null, error !== null)
  // An open slot nobody has tried to fill is no attempt to collect.
  if (!externalPaymentId || !status) return null
  const amount = status === 'succeeded' ? (wire.amount_paid ?? wire.amount_requested) : wire.amount_requested
  return {
    externalPaymentId,
    status,
    amount: fromApiAmount(amount, currency),
    currency,
    declineCode: status === 'failed' ? (error?.decline_code ?? error?.code ?? null) : null,
    failureMessage: status === 'failed' ? (error?.message ?? null) : null,
    attemptedAt:
      wire.status_transitions?.paid_at ?? wire.status_transitions?.canceled_at ?? intent?.created ?? wire.created,
  }
}

/** Before basil an invoice had one intent or charge. Only a paid one says what became of it. */
function legacyPayment(wire: InvoiceWire, currency: string): PaymentData[] | null {
  const externalPaymentId = refId(wire.payment_intent) ?? refId(wire.charge)
  if (!externalPaymentId || invoiceStatus(wire.status, wire.paid === true) !== 'paid') return null
  return [
    {
      externalPaymentId,
      status: 'succeeded',
      amount: fromApiAmount(wire.amount_paid, currency),
      currency,
      declineCode: null,
      failureMessage: null,
      attemptedAt: wire.status_transitions?.paid_at ?? null,
    },
  ]
}

type ChargeRef = InvoiceWire['charge']

/** Refunds leave no trace on Stripe's invoice itself: only a charge that was expanded shows them, 0 says nothing. */
function shownRefunds(wire: InvoiceWire): number {
  const refundsOf = (charge: ChargeRef) => (typeof charge === 'object' ? (charge?.amount_refunded ?? 0) : 0)
  const latestCharge = (intent: InvoiceWire['payment_intent']) =>
    typeof intent === 'object' ? intent?.latest_charge : null
  const paid = (wire.payments?.data ?? []).filter(({ status }) => status === 'paid')
  const shown = paid.map(({ payment }) => refundsOf(latestCharge(payment.payment_intent) ?? payment.charge))
  if (shown.length === 0) shown.push(refundsOf(wire.charge) || refundsOf(latestCharge(wire.payment_intent)))
  return shown.reduce((sum, amount) => sum + amount, 0)
}

function refId(ref: { id: string } | string | null | undefined): string | null {
  return typeof ref === 'string' ? ref : (ref?.id ?? null)
}
