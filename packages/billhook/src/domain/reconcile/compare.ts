import { type InvoiceData, liveStatuses, type SubscriptionData } from '../../providers/provider.ts'
import { isTerminal, type Snapshot, type SnapshotPreview } from '../sync/index.ts'
import {
  bindingFields,
  fixedInvoiceFields,
  invoiceFields,
  paymentFields,
  type StoredPayment,
  subscriptionFields,
} from './compared-fields.ts'
import type { Severity } from './reconcile-run.ts'

export interface Difference {
  /** Empty: the whole object. */
  field: string
  ours: unknown
  theirs: unknown
  severity: Severity
  /** Why the writer leaves it as it is. Null: it makes it theirs. */
  refusal: string | null
}

export interface Comparison {
  isMissing: boolean
  differences: Difference[]
  /** The subscription that must be known here first. */
  needs: string | null
  /** The live subscription beside which this one is paid, too. */
  billedBeside: string | null
}

type Payments = ReadonlyMap<string, StoredPayment>

/** Pure: where what the provider shows is not what is kept here, field by field. `preview` is what the writer would do about it. */
export function compareSnapshot(snapshot: Snapshot, preview: SnapshotPreview, payments: Payments): Comparison {
  const { state, decision } = preview
  const { outcome } = decision
  const isMissing = snapshot.kind === 'subscription' ? state.binding === null : state.invoice === null
  const needs = outcome.outcome === 'needs' ? outcome.externalSubscriptionId : null
  const differences = isMissing ? [missing(snapshot)] : differencesOf(snapshot, preview, payments)
  return { isMissing, differences, needs, billedBeside: billedBeside(snapshot, preview) }
}

/** What cannot even be decided is a difference that somebody must look at. */
export function undecided(snapshot: Snapshot, reason: string): Comparison {
  return { isMissing: true, differences: [{ ...missing(snapshot), refusal: reason }], needs: null, billedBeside: null }
}

function differencesOf(snapshot: Snapshot, preview: SnapshotPreview, payments: Payments): Difference[] {
  const isStale = preview.decision.outcome.outcome === 'stale'
  if (snapshot.kind === 'subscription')
    return isStale ? endedHere(preview, snapshot.input.snapshot) : subscriptionDifferences(preview)
  return isStale ? refusedBill(preview, snapshot.input.snapshot) : invoiceDifferences(preview, snapshot, payments)
}

function subscriptionDifferences({ state, decision: { changes } }: SnapshotPreview): Difference[] {
  const found = [
    ...rowDifferences(subscriptionFields, state.subscription, changes.subscription?.row),
    ...rowDifferences(bindingFields, state.binding, changes.binding?.row),
  ]
  if (changes.items.length === 0 && changes.goneItems.length === 0) return found
  const gone = new Set([...changes.goneItems, ...changes.items.map(({ id }) => id)])
  const theirs = [...state.items.filter(({ id }) => !gone.has(id)), ...changes.items]
  return [...found, difference('items', state.items.map(shownItem), theirs.map(shownItem), 'warning')]
}

function invoiceDifferences(
  { state, decision: { changes } }: SnapshotPreview,
  { input }: Extract<Snapshot, { kind: 'invoice' }>,
  payments: Payments,
): Difference[] {
  const { invoice, subscription } = state
  const found = rowDifferences(invoiceFields, invoice, changes.invoice?.row)
  const ours = state.lines.map(shownLine).toSorted()
  const theirs = input.snapshot.lines.map(shownLine).toSorted()
  // Only what is still a draft is written anew; the lines of a finalized bill are as final as its totals.
  const refusal = changes.lines ? null : 'The lines of a finalized invoice are not changed.'
  if (!isSame(ours, theirs)) found.push({ ...difference('lines', ours, theirs, 'warning'), refusal })
  for (const payment of changes.payments) {
    const known = payments.get(payment.externalPaymentId)
    const wanted = { status: payment.status, amount: payment.amount, declineCode: payment.declineCode ?? null }
    const prefix = `payments.${payment.externalPaymentId}`
    if (known) found.push(...rowDifferences(paymentFields, known, wanted, `${prefix}.`))
    else found.push(difference(prefix, null, wanted.status, 'critical'))
  }
  // What was given up when it ended stays given up.
  if (subscription && !isTerminal(subscription.status))
    found.push(...rowDifferences(paidTimeFields, subscription, changes.subscription?.row, 'subscription.'))
  return found
}

const paidTimeFields = { paidThroughAt: 'critical', graceStartedAt: 'warning' } as const

const endedHere = ({ state }: SnapshotPreview, theirs: SubscriptionData): Difference[] => [
  {
    ...difference('status', state.binding?.externalStatus ?? null, theirs.status, 'critical'),
    refusal: 'It has ended here, and what has ended is not revived: look at it at the provider.',
  },
]

/** The writer itself alerts of this. */
export const finalizedTotals = 'The totals of a finalized invoice are not changed.'

/** A bill that would go back, or whose fixed parts came back as others. */
function refusedBill({ state: { invoice } }: SnapshotPreview, theirs: InvoiceData): Difference[] {
  const changed = rowDifferences(fixedInvoiceFields, invoice, theirs)
  if (changed.length > 0) return changed.map((found) => ({ ...found, refusal: finalizedTotals }))
  const status = difference('status', invoice?.status ?? null, theirs.status, 'critical')
  return [{ ...status, refusal: 'An invoice only goes forward: look at it at the provider.' }]
}

const missing = (snapshot: Snapshot): Difference =>
  snapshot.kind === 'subscription'
    ? difference('', null, snapshot.input.snapshot.status, isLiveData(snapshot.input.snapshot) ? 'critical' : 'warning')
    : difference('', null, snapshot.input.snapshot.status, 'warning')

function billedBeside(snapshot: Snapshot, { state, decision }: SnapshotPreview): string | null {
  if (snapshot.kind !== 'subscription' || !isLiveData(snapshot.input.snapshot)) return null
  const binding = decision.changes.binding?.row ?? state.binding
  if (binding?.role !== 'duplicate') return null
  // A duplicate whose original has ended is the only one that is paid.
  return state.live.some(({ row }) => row.id === binding.subscriptionId) ? binding.subscriptionId : null
}

const live: ReadonlySet<string> = new Set(liveStatuses)
export const isLiveData = ({ status }: { status: string }): boolean => live.has(status)

/** Compares the named columns of a row; a row that is not to be written is as it should be. */
export function rowDifferences(
  fields: Readonly<Record<string, Severity>>,
  ours: object | null,
  theirs: object | undefined,
  prefix = '',
): Difference[] {
  if (!theirs) return []
  const found: Difference[] = []
  for (const [key, severity] of Object.entries(fields)) {
    const [before, after] = [ours, theirs].map((row) => (row ? Reflect.get(row, key) : null) ?? null)
    if (!isSame(before, after)) found.push(difference(prefix + snakeCase(key), before, after, severity))
  }
  return found
}

export const difference = (field: string, ours: unknown, theirs: unknown, severity: Severity): Difference => ({
  field,
  ours,
  theirs,
  severity,
  refusal: null,
})

/** Everything compared here is plain data, and its keys are in one order. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const shownItem = (item: { externalItemId: string; externalPriceId: string; quantity: number | null }) => ({
  external_item_id: item.externalItemId,
  external_price_id: item.externalPriceId,
  quantity: item.quantity,
})

const shownLine = (line: {
  amount: number
  quantity: number | null
  periodStart: Date | null
  periodEnd: Date | null
}) => JSON.stringify([line.amount, line.quantity, line.periodStart, line.periodEnd])
