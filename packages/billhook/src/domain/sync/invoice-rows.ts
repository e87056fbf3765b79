import { legacyStripeId } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import type { InvoiceData } from '../../providers/provider.ts'
import type { Changes, NewInvoiceLine } from './changes.ts'
import type { InvoiceObservation } from './decide-invoice.ts'
import { guardAfterApply } from './guard.ts'
import { withoutImportMark } from './imported-invoice.ts'
import type { InvoiceRow } from './invoice-store.ts'
import type { SyncState } from './state.ts'
import type { Tools } from './tools.ts'
import type { Observation } from './version.ts'

/** The invoice's row after a snapshot. */
export function invoiceRowAfter(
  { ids, clock }: Tools,
  { organizationId, binding, invoice: known, customerId, refunded }: SyncState,
  { origin, snapshot, observation }: InvoiceObservation,
  { digest, number }: { digest: string; number: string | null },
): InvoiceRow {
  const now = clock.now()
  const customer = binding?.customerId ?? customerId
  if (!customer)
    throw conflict(
      'unknown_customer',
      `Customer ${snapshot.externalCustomerId} of ${origin.provider} is none of this organization's.`,
    )
  const externalPaymentIntentId = decidingPayment(snapshot) ?? known?.externalPaymentIntentId ?? null
  const { provider, providerKind } = origin
  return {
    ...columnsOf(snapshot),
    id: known?.id ?? ids.next('invoice'),
    organizationId,
    customerId: customer,
    subscriptionId: binding?.subscriptionId ?? known?.subscriptionId ?? null,
    bindingId: binding?.id ?? known?.bindingId ?? null,
    provider,
    providerKind,
    externalPaymentIntentId,
    stripeInvoiceId: legacyStripeId(providerKind, snapshot.externalInvoiceId),
    stripePaymentIntentId: legacyStripeId(providerKind, externalPaymentIntentId),
    numberSource: origin.numbersInvoices ? 'provider' : 'billhook',
    number: snapshot.number ?? known?.number ?? number,
    paymentsDueAt: paymentsDueAt(known, snapshot, observation, now),
    amountRefunded: origin.numbersInvoices
      ? // Not every snapshot of an invoice shows its refunds, and a refund may be heard of before the payment's success; none is taken back.
        Math.min(snapshot.amountPaid, Math.max(snapshot.amountRefunded, known?.amountRefunded ?? 0, refunded))
      : snapshot.amountRefunded,
    ...guardAfterApply(known, observation, digest),
    metadata: known ? withoutImportMark(known.metadata) : {},
    createdAt: known?.createdAt ?? snapshot.createdAt,
    updatedAt: now,
  }
}

const columnsOf = (snapshot: InvoiceData) => ({
  externalInvoiceId: snapshot.externalInvoiceId,
  status: snapshot.status,
  billingReason: snapshot.billingReason,
  currency: snapshot.currency,
  subtotal: snapshot.subtotal,
  discount: snapshot.discount,
  tax: snapshot.tax,
  total: snapshot.total,
  creditApplied: snapshot.creditApplied,
  amountDue: snapshot.amountDue,
  amountPaid: snapshot.amountPaid,
  amountRemaining: snapshot.amountRemaining,
  periodStart: snapshot.periodStart,
  periodEnd: snapshot.periodEnd,
  dueAt: snapshot.dueAt,
  finalizedAt: snapshot.finalizedAt,
  paidAt: snapshot.paidAt,
  voidedAt: snapshot.voidedAt,
  attemptCount: snapshot.attemptCount,
  nextPaymentAttemptAt: snapshot.nextPaymentAttemptAt,
  hostedUrl: snapshot.hostedUrl,
  pdfUrl: snapshot.pdfUrl,
})

/**
 * News of an attempt to collect that does not say which is applied at once; the payment is asked for afterwards (seekPayments). So is the
 * attempt that was open when its bill was voided, which has ended with it.
 */
function paymentsDueAt(known: InvoiceRow | null, snapshot: InvoiceData, { by }: Observation, now: Date): Date | null {
  if (by === 'read' || snapshot.payments !== null) return null
  const ends = (status: InvoiceData['status']) => snapshot.status === status && known?.status !== status
  const isNews =
    snapshot.attemptCount > (known?.attemptCount ?? 0) || ends('paid') || (ends('void') && snapshot.attemptCount > 0)
  return snapshot.amountDue > 0 && isNews ? now : (known?.paymentsDueAt ?? null)
}

/** The payment that paid it, else the last that was tried. */
const decidingPayment = ({ payments }: InvoiceData): string | null =>
  (payments?.find((payment) => payment.status === 'succeeded') ?? payments?.at(-1))?.externalPaymentId ?? null

export function invoiceLinesAfter(
  { ids }: Tools,
  { organizationId, prices }: SyncState,
  invoiceId: string,
  { lines }: InvoiceData,
): NewInvoiceLine[] {
  const priceIds = new Map(prices.map((price) => [price.externalPriceId, price.priceId]))
  return lines.map((line, index) => ({
    id: ids.next('invoiceLine'),
    organizationId,
    invoiceId,
    ordinal: index + 1,
    externalLineId: line.externalLineId,
    description: line.description,
    quantity: line.quantity,
    amount: line.amount,
    priceId: priceIds.get(line.externalPriceId ?? '') ?? null,
    proration: line.proration,
    periodStart: line.periodStart,
    periodEnd: line.periodEnd,
  }))
}

/** Attempts to collect, and how much of each went to this invoice. */
export function paymentsAfter(
  { ids, clock }: Tools,
  { organizationId, paymentIds }: SyncState,
  { origin, snapshot }: InvoiceObservation,
  invoice: InvoiceRow,
  changes: Changes,
): void {
  const { provider, providerKind, numbersInvoices } = origin
  const now = clock.now()
  const attempts = (snapshot.payments ?? []).map((attempt, index) => ({ ...attempt, attemptNo: index + 1 }))
  // One payment may be listed twice (a hold that was released, say): the last word on it counts.
  const distinct = new Map(attempts.map((attempt) => [attempt.externalPaymentId, attempt]))
  for (const [externalPaymentId, attempt] of distinct) {
    const { amountAllocated, ...what } = attempt
    const knownId = paymentIds.get(externalPaymentId)
    const id = knownId ?? ids.next('payment')
    // Refunds and disputes name nothing but the payment.
    if (!knownId) changes.refs.push({ provider, kind: 'payment', externalId: externalPaymentId, objectId: id })
    const { customerId, bindingId } = invoice
    const who = { id, organizationId, customerId, bindingId, provider, providerKind }
    // Where bills are written from charges, the charges are kept already.
    if (numbersInvoices || !knownId)
      changes.payments.push({ ...who, ...what, createdAt: what.attemptedAt ?? now, updatedAt: now })
    changes.allocations.push({
      id: ids.next('paymentAllocation'),
      organizationId,
      paymentId: id,
      invoiceId: invoice.id,
      amount: what.status === 'succeeded' ? (amountAllocated ?? what.amount) : 0,
    })
  }
  changes.allocatesAnew = !numbersInvoices
}
