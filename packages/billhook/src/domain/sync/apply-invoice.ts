import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { invoiceView } from '../../outbox/billing-event.ts'
import { conflict } from '../../primitives/index.ts'
import type { InvoiceData, InvoiceStatus } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { isReconstruction, withoutImportMark } from './imported-invoice.ts'
import { invoiceFacts } from './invoice-facts.ts'
import {
  dateDebt,
  extendPaidThrough,
  findInvoice,
  type InvoiceRow,
  listInvoiceLines,
  replaceInvoiceLines,
  saveInvoice,
  savePayment,
  updateInvoiceGuard,
} from './invoice-store.ts'
import { countRefunds } from './money-back-store.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { type BindingRow, claimExternalRef, findBinding, findCustomer, mapPrices } from './store.ts'
import { decideVersion, type Observation } from './version.ts'

export interface ApplyInvoiceInput {
  origin: SnapshotOrigin
  snapshot: InvoiceData
  observation: Observation
}

/** How far along an invoice is. It never goes back, whatever arrives late. */
const progress: Record<InvoiceStatus, number> = { draft: 0, open: 1, uncollectible: 2, paid: 3, void: 3 }

/** The one place where a provider's invoice becomes ours: invoice, lines, payments, paid time and what is told, in one transaction. */
export async function applyInvoice(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyInvoiceInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { origin, snapshot, observation } = input
  const externalSubscriptionId = snapshot.externalSubscriptionId
  const binding = externalSubscriptionId ? await findBinding(scope, origin.provider, externalSubscriptionId) : null
  if (externalSubscriptionId && !binding) return { outcome: 'needs', externalSubscriptionId }
  const digest = digestOf(snapshot)
  const known = await findInvoice(scope, origin.provider, snapshot.externalInvoiceId)
  const verdict = decideVersion(known, observation, digest)
  if (verdict === 'reread') return reread
  if (known && (verdict === 'stale' || progress[snapshot.status] < progress[known.status])) return stale
  if (hidesItsPayment(known, snapshot, observation)) return reread
  if (known) {
    if (verdict === 'unchanged') {
      const confirmed = guardAfterConfirm(known, observation)
      if (confirmed) await updateInvoiceGuard(scope, known.id, confirmed)
      return unchanged
    }
    if (changesFinalized(known, snapshot) && !isReconstruction(known))
      return refuseChange(ctx, scope, known, input, digest)
  }
  const saved = await writeInvoice(ctx, scope, input, { known, binding, digest })
  await payTime(ctx, scope, saved, binding, origin)
  if (binding && binding.role !== 'duplicate') await dateDebt(scope, binding.subscriptionId)
  const view = invoiceView(saved, await listInvoiceLines(scope, saved.id))
  await appendFacts(ctx, scope, {
    facts: invoiceFacts(known, saved, view, snapshot.payments ?? []),
    source: observation.source,
    occurredAt: observation.at,
  })
  return applied
}

/** News of an attempt to collect that does not say which: the payment, its decline and its refund hang on that, so it is asked for. */
const hidesItsPayment = (known: InvoiceRow | null, snapshot: InvoiceData, { by }: Observation): boolean =>
  by === 'event' &&
  snapshot.payments === null &&
  snapshot.amountDue > 0 &&
  (snapshot.attemptCount > (known?.attemptCount ?? 0) || (snapshot.status === 'paid' && known?.status !== 'paid'))

interface Known {
  known: InvoiceRow | null
  binding: BindingRow | null
  digest: string
}

async function writeInvoice(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot, observation }: ApplyInvoiceInput,
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

/** Money that came in buys the time it was for. A duplicate's money buys none: it is to be returned. */
async function payTime(
  ctx: Context,
  scope: OrganizationScope,
  invoice: InvoiceRow,
  binding: BindingRow | null,
  origin: SnapshotOrigin,
): Promise<void> {
  const { status, subscriptionId, periodEnd } = invoice
  if (status !== 'paid' || !subscriptionId || !periodEnd || binding?.role === 'duplicate') return
  await extendPaidThrough(scope, {
    subscriptionId,
    until: periodEnd,
    endCaps: origin.canCancelAtPeriodEnd,
    now: ctx.clock.now(),
  })
}

const fixed = ['currency', 'subtotal', 'discount', 'tax', 'total'] as const

const changesFinalized = (known: InvoiceRow, snapshot: InvoiceData): boolean =>
  known.status !== 'draft' && fixed.some((key) => known[key] !== snapshot[key])

/** A finalized document that comes back with other totals is not ours to rewrite: a person must look. */
async function refuseChange(
  ctx: Context,
  scope: OrganizationScope,
  known: InvoiceRow,
  { origin, snapshot, observation }: ApplyInvoiceInput,
  digest: string,
): Promise<SyncOutcome> {
  await updateInvoiceGuard(scope, known.id, guardAfterApply(known, observation, digest))
  await openAlert(scope, ctx, {
    kind: 'finalized_invoice_changed',
    subject: known.id,
    severity: 'critical',
    detail: `Invoice ${snapshot.externalInvoiceId} of ${origin.provider} came back with other totals after it was finalized; ours stays as it was.`,
    facts: Object.fromEntries(fixed.map((key) => [key, { ours: known[key], theirs: snapshot[key] }])),
  })
  return stale
}
