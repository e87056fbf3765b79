import { invoiceView } from '../../outbox/billing-event.ts'
import type { InvoiceData, InvoiceStatus } from '../../providers/provider.ts'
import { type Changes, type Decision, type NewInvoiceLine, noChanges } from './changes.ts'
import { debtSince } from './debt.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { isReconstruction } from './imported-invoice.ts'
import { invoiceFacts } from './invoice-facts.ts'
import { invoiceLinesAfter, invoiceRowAfter, paymentsAfter } from './invoice-rows.ts'
import { nextInSequence, numberOf } from './invoice-sequence.ts'
import type { InvoiceRow } from './invoice-store.ts'
import { laterOf } from './next-subscription.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { isRefundedInFull, refundedInFull } from './refunded-in-full.ts'
import type { SyncState } from './state.ts'
import type { Tools } from './tools.ts'
import { decideVersion, type Observation, type VersionDecision } from './version.ts'

/** A snapshot of an invoice, from whom and how it came. */
export interface InvoiceObservation {
  origin: SnapshotOrigin
  snapshot: InvoiceData
  observation: Observation
}

/** How far along an invoice is. It never goes back, whatever arrives late. */
const progress: Record<InvoiceStatus, number> = { draft: 0, open: 1, uncollectible: 2, paid: 3, void: 3 }

/** Pure: what a provider's invoice makes of ours: invoice, lines, payments, paid time, and what is told. Errors: `unknown_customer` (409). */
export function decideInvoice(tools: Tools, state: SyncState, input: InvoiceObservation): Decision {
  const changes = noChanges()
  const { source, at } = input.observation
  const outcome = outcomeOf(tools, state, input, changes)
  return { organizationId: state.organizationId, outcome, changes, source, occurredAt: at }
}

function outcomeOf(tools: Tools, state: SyncState, input: InvoiceObservation, changes: Changes): SyncOutcome {
  const { snapshot, observation } = input
  const { externalSubscriptionId } = snapshot
  if (externalSubscriptionId && !state.binding) return { outcome: 'needs', externalSubscriptionId }
  const digest = digestOf(snapshot)
  const known = state.invoice
  const verdict = orderByProgress(decideVersion(known, observation, digest), known, input)
  if (verdict === 'reread') return reread
  if (known) {
    if (verdict === 'stale' || goesBack(known, input)) return stale
    if (verdict === 'unchanged') {
      const confirmed = { ...guardAfterConfirm(known, observation), ...answered(known, observation) }
      if (Object.keys(confirmed).length > 0) changes.invoice = { isNew: false, row: { ...known, ...confirmed } }
      return unchanged
    }
    if (changesFinalized(known, snapshot) && !isReconstruction(known)) {
      refuseChange(known, input, digest, changes)
      return stale
    }
  }
  changeAll(tools, state, input, digest, changes)
  return applied
}

function changeAll(tools: Tools, state: SyncState, input: InvoiceObservation, digest: string, changes: Changes): void {
  const { snapshot } = input
  const known = state.invoice
  const row = invoiceRowAfter(tools, state, input, { digest, number: giveNumber(state, input, changes) })
  if (!known)
    changes.refs.push({
      provider: row.provider,
      kind: 'invoice',
      externalId: row.externalInvoiceId,
      objectId: row.id,
    })
  changes.invoice = { row, isNew: known === null }
  // The lines of a finalized invoice are as final as its totals; of a bill of ours only the price that a line is mapped to may be news.
  const isOurs = !input.origin.numbersInvoices
  const rewritten =
    !known || known.status === 'draft' || isReconstruction(known) || (isOurs && snapshot.status !== 'void')
  const lines: NewInvoiceLine[] = rewritten ? invoiceLinesAfter(tools, state, row.id, snapshot) : state.lines
  if (rewritten) changes.lines = lines
  paymentsAfter(tools, state, input, row, changes)
  changePaidTime(tools, state, input, row, changes)
  const endsByRefund = tools.settings.fullRefundPolicy === 'end_now' && isRefundedInFull(row)
  if (endsByRefund && !(known && isRefundedInFull(known)))
    changes.alerts.push(...refundedInFull(row, input.observation))
  const view = invoiceView(row, lines.map(shownLine))
  changes.facts.push(...invoiceFacts(known, row, view, snapshot.payments ?? []))
}

const shownLine = (line: NewInvoiceLine) => ({
  description: line.description,
  quantity: line.quantity ?? null,
  amount: line.amount,
  periodStart: line.periodStart ?? null,
  periodEnd: line.periodEnd ?? null,
  priceId: line.priceId ?? null,
})

/** A document goes only forward. A bill of ours says what its charges say, and one charge more may say that another bill was paid. */
const goesBack = (known: InvoiceRow, { origin, snapshot }: InvoiceObservation): boolean =>
  origin.numbersInvoices && progress[snapshot.status] < progress[known.status]

/** A bill that nobody else numbers gets its number when it is finalized, in the same transaction: so none is left out. */
function giveNumber(
  { organizationId, sequence, invoice }: SyncState,
  { origin, snapshot }: InvoiceObservation,
  changes: Changes,
): string | null {
  if (origin.numbersInvoices || snapshot.status === 'draft' || invoice?.number) return null
  changes.sequence = nextInSequence(organizationId, sequence)
  return numberOf(changes.sequence)
}

/** A bill only goes forward: finalized and paid within one second, its status tells the order that the times cannot. */
function orderByProgress(
  verdict: VersionDecision,
  known: InvoiceRow | null,
  { snapshot, observation }: InvoiceObservation,
): VersionDecision {
  if (verdict !== 'reread' || observation.by !== 'event' || !known) return verdict
  const steps = progress[snapshot.status] - progress[known.status]
  if (steps === 0) return 'reread'
  return steps > 0 ? 'apply' : 'stale'
}

/** Whoever asked has the answer, even if it is that there is nothing to tell. */
const answered = (known: InvoiceRow, { by }: Observation): { paymentsDueAt?: null } =>
  by === 'read' && known.paymentsDueAt ? { paymentsDueAt: null } : {}

/**
 * Money that came in buys the time it was for, and an open bill dates the debt. A duplicate's money buys nothing: it is to be returned.
 * Paid time moves only forward: an older invoice paid late changes nothing.
 */
function changePaidTime(
  { clock, settings }: Tools,
  { subscription, binding, debts }: SyncState,
  { origin }: InvoiceObservation,
  invoice: InvoiceRow,
  changes: Changes,
): void {
  if (!subscription || binding?.role === 'duplicate') return
  const isGivenBack = settings.fullRefundPolicy === 'end_now' && isRefundedInFull(invoice)
  const until = invoice.status === 'paid' && !isGivenBack ? paidUntil(invoice, subscription.endedAt, origin) : null
  const paidThroughAt = until ? laterOf(subscription.paidThroughAt, until) : subscription.paidThroughAt
  const owes = subscription.status === 'past_due' || subscription.status === 'unpaid'
  const since = binding && owes ? debtSince(debtsAfter(debts, invoice)) : null
  const graceStartedAt = since ?? subscription.graceStartedAt
  if (
    paidThroughAt?.getTime() === subscription.paidThroughAt?.getTime() &&
    graceStartedAt?.getTime() === subscription.graceStartedAt?.getTime()
  )
    return
  changes.subscription = {
    isNew: false,
    row: { ...subscription, paidThroughAt, graceStartedAt, updatedAt: clock.now() },
  }
}

/** An end before the period's was meant to end paid time, too: the same result whether the payment or the end is heard of first. */
function paidUntil({ periodEnd }: InvoiceRow, endedAt: Date | null, origin: SnapshotOrigin): Date | null {
  const isCapped = origin.canCancelAtPeriodEnd && endedAt && periodEnd && endedAt < periodEnd
  return isCapped ? endedAt : periodEnd
}

function debtsAfter(debts: SyncState['debts'], invoice: InvoiceRow): SyncState['debts'] {
  const others = debts.filter(({ invoiceId }) => invoiceId !== invoice.id)
  const isOwed = (invoice.status === 'open' || invoice.status === 'uncollectible') && invoice.amountRemaining > 0
  if (!isOwed) return others
  return [...others, { invoiceId: invoice.id, since: invoice.dueAt ?? invoice.finalizedAt ?? invoice.createdAt }]
}

const fixed = ['currency', 'subtotal', 'discount', 'tax', 'total'] as const

const changesFinalized = (known: InvoiceRow, snapshot: InvoiceData): boolean =>
  known.status !== 'draft' && fixed.some((key) => known[key] !== snapshot[key])

/** A finalized document that comes back with other totals is not ours to rewrite: a person must look. */
function refuseChange(
  known: InvoiceRow,
  { origin, snapshot, observation }: InvoiceObservation,
  digest: string,
  changes: Changes,
): void {
  changes.invoice = { isNew: false, row: { ...known, ...guardAfterApply(known, observation, digest) } }
  changes.alerts.push({
    kind: 'finalized_invoice_changed',
    subject: known.id,
    severity: 'critical',
    detail: `Invoice ${snapshot.externalInvoiceId} of ${origin.provider} came back with other totals after it was finalized; ours stays as it was.`,
    facts: Object.fromEntries(fixed.map((key) => [key, { ours: known[key], theirs: snapshot[key] }])),
  })
}
