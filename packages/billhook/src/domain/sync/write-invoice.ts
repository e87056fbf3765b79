import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import type { InvoiceData } from '../../providers/provider.ts'
import { guardAfterApply } from './guard.ts'
import { isReconstruction, withoutImportMark } from './imported-invoice.ts'
import { type InvoiceRow, replaceInvoiceLines, saveInvoice, savePayment } from './invoice-store.ts'
import { countRefunds } from './money-back-store.ts'
import type { SnapshotOrigin } from './outcome.ts'
import { type BindingRow, claimExternalRef, findCustomer, mapPrices } from './store.ts'
import type { Observation } from './version.ts'

/** A snapshot of an invoice, from whom and how it came. */
export interface InvoiceObservation {
  origin: SnapshotOrigin
  snapshot: InvoiceData
  observation: Observation
}

/** News of an attempt to collect that does not say which. It is applied at once; the payment is asked for afterwards (seekPayments). */
const hidesItsPayment = (known: InvoiceRow | null, snapshot: InvoiceData, { by }: Observation): boolean =>
  by === 'event' &&
  snapshot.payments === null &&
  snapshot.amountDue > 0 &&
  (snapshot.attemptCount > (known?.attemptCount ?? 0) || (snapshot.status === 'paid' && known?.status !== 'paid'))

/** What is known of the invoice and its subscription before it is written. */
export interface Known {
  known: InvoiceRow | null
  binding: BindingRow | null
  digest: string
}

/** The invoice with its lines and payments, as rows. */
export async function writeInvoice(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot, observation }: InvoiceObservation,
  { known, binding, digest }: Known,
): Promise<InvoiceRow> {
  const customerId = binding?.customerId ?? (await customerOf(scope, origin.provider, snapshot))
  const id = known?.id ?? ctx.ids.next('invoice')
  if (!known) {
    await claimExternalRef(scope, {
      provider: origin.provider,
      kind: 'invoice',
      externalId: snapshot.externalInvoiceId,
      objectId: id,
    })
  }
  const saved = await saveInvoice(scope, {
    ...invoiceColumns(snapshot),
    id,
    organizationId: scope.organizationId,
    customerId,
    subscriptionId: binding?.subscriptionId ?? known?.subscriptionId ?? null,
    bindingId: binding?.id ?? known?.bindingId ?? null,
    provider: origin.provider,
    providerKind: origin.providerKind,
    externalPaymentIntentId: decidingPayment(snapshot) ?? known?.externalPaymentIntentId ?? null,
    numberSource: origin.numbersInvoices ? 'provider' : 'billhook',
    number: snapshot.number ?? known?.number ?? null,
    paymentsDueAt: hidesItsPayment(known, snapshot, observation)
      ? ctx.clock.now()
      : observation.by === 'read' || snapshot.payments !== null
        ? null
        : (known?.paymentsDueAt ?? null),
    // Not every snapshot of an invoice shows its refunds; none takes one back.
    amountRefunded: Math.max(snapshot.amountRefunded, known?.amountRefunded ?? 0),
    ...guardAfterApply(known, observation, digest),
    ...(known && { metadata: withoutImportMark(known.metadata) }),
    updatedAt: ctx.clock.now(),
  })
  // The lines of a finalized invoice are as final as its totals.
  if (!known || known.status === 'draft' || isReconstruction(known))
    await writeLines(ctx, scope, origin.provider, saved.id, snapshot)
  await writePayments(ctx, scope, origin, saved, snapshot)
  // A refund may have been heard of before the payment's success was.
  return countRefunds(scope, saved, { canFall: false })
}

const invoiceColumns = (snapshot: InvoiceData) => ({
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
  createdAt: snapshot.createdAt,
})

/** The payment that paid it, else the last that was tried. */
const decidingPayment = ({ payments }: InvoiceData): string | null =>
  (payments?.find((payment) => payment.status === 'succeeded') ?? payments?.at(-1))?.externalPaymentId ?? null

async function customerOf(scope: OrganizationScope, provider: string, snapshot: InvoiceData): Promise<string> {
  const customer = await findCustomer(scope, provider, snapshot.externalCustomerId)
  if (!customer)
    throw conflict(
      'unknown_customer',
      `Customer ${snapshot.externalCustomerId} of ${provider} is none of this organization's.`,
    )
  return customer.id
}

async function writeLines(
  ctx: Context,
  scope: OrganizationScope,
  provider: string,
  invoiceId: string,
  snapshot: InvoiceData,
): Promise<void> {
  const externalPriceIds = snapshot.lines.flatMap((line) => (line.externalPriceId ? [line.externalPriceId] : []))
  const mapped = new Map(
    (await mapPrices(scope, provider, externalPriceIds)).map((price) => [price.externalPriceId, price.priceId]),
  )
  await replaceInvoiceLines(
    scope,
    invoiceId,
    snapshot.lines.map((line) => ({
      id: ctx.ids.next('invoiceLine'),
      externalLineId: line.externalLineId,
      description: line.description,
      quantity: line.quantity,
      amount: line.amount,
      priceId: mapped.get(line.externalPriceId ?? '') ?? null,
      proration: line.proration,
      periodStart: line.periodStart,
      periodEnd: line.periodEnd,
    })),
  )
}

async function writePayments(
  ctx: Context,
  scope: OrganizationScope,
  origin: SnapshotOrigin,
  invoice: InvoiceRow,
  snapshot: InvoiceData,
) {
  const now = ctx.clock.now()
  for (const [index, payment] of (snapshot.payments ?? []).entries()) {
    await savePayment(
      scope,
      {
        id: ctx.ids.next('payment'),
        customerId: invoice.customerId,
        bindingId: invoice.bindingId,
        provider: origin.provider,
        providerKind: origin.providerKind,
        externalPaymentId: payment.externalPaymentId,
        status: payment.status,
        currency: payment.currency,
        amount: payment.amount,
        attemptNo: index + 1,
        declineCode: payment.declineCode,
        failureMessage: payment.failureMessage,
        attemptedAt: payment.attemptedAt,
        createdAt: payment.attemptedAt ?? now,
        updatedAt: now,
      },
      {
        id: ctx.ids.next('paymentAllocation'),
        invoiceId: invoice.id,
        amount: payment.status === 'succeeded' ? payment.amount : 0,
      },
    )
  }
}
