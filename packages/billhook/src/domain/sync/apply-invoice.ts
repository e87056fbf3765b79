import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { invoiceView } from '../../outbox/billing-event.ts'
import type { InvoiceData, InvoiceStatus } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { isReconstruction } from './imported-invoice.ts'
import { invoiceFacts } from './invoice-facts.ts'
import {
  dateDebt,
  extendPaidThrough,
  findInvoice,
  type InvoiceRow,
  listInvoiceLines,
  updateInvoiceGuard,
} from './invoice-store.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { type BindingRow, findBinding } from './store.ts'
import { decideVersion, type Observation, type VersionDecision } from './version.ts'
import { type InvoiceObservation, writeInvoice } from './write-invoice.ts'

export type ApplyInvoiceInput = InvoiceObservation

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
  const verdict = orderByProgress(decideVersion(known, observation, digest), known, input)
  if (verdict === 'reread') return reread
  if (known && (verdict === 'stale' || progress[snapshot.status] < progress[known.status])) return stale
  if (known) {
    if (verdict === 'unchanged') {
      const confirmed = { ...guardAfterConfirm(known, observation), ...answered(known, observation) }
      if (Object.keys(confirmed).length > 0) await updateInvoiceGuard(scope, known.id, confirmed)
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

/** A bill only goes forward: finalized and paid within one second, its status tells the order that the times cannot. */
function orderByProgress(
  verdict: VersionDecision,
  known: InvoiceRow | null,
  { snapshot, observation }: ApplyInvoiceInput,
): VersionDecision {
  if (verdict !== 'reread' || observation.by !== 'event' || !known) return verdict
  const steps = progress[snapshot.status] - progress[known.status]
  if (steps === 0) return 'reread'
  return steps > 0 ? 'apply' : 'stale'
}

/** Whoever asked has the answer, even if it is that there is nothing to tell. */
const answered = (known: InvoiceRow, { by }: Observation): { paymentsDueAt?: null } =>
  by === 'read' && known.paymentsDueAt ? { paymentsDueAt: null } : {}

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
