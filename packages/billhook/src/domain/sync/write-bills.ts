import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { type ChargeData, type InvoiceData, invoicesOfCharges } from '../../providers/provider.ts'
import { applySnapshot, type Snapshot } from './apply-snapshots.ts'
import { chargeOf, findExternalCustomerId, isCharge, selectBills, selectLedger } from './charges-store.ts'
import { digestOf } from './guard.ts'
import type { InvoiceRow } from './invoice-store.ts'
import { billedSubscription } from './kept-terms.ts'
import type { SnapshotOrigin } from './outcome.ts'
import type { BindingRow } from './store.ts'
import type { Observation } from './version.ts'

export interface BillsInput {
  origin: SnapshotOrigin
  binding: BindingRow
  observation: Observation
}

/** Writes the bills of a binding anew from its charges and terms, and applies those that are not as they were. True: there were some. */
export async function writeBills(ctx: Context, scope: OrganizationScope, input: BillsInput): Promise<boolean> {
  const { charges, ids } = await loadCharges(scope, input.binding)
  const changed = await changedBills(scope, input, { charges, ids })
  for (const snapshot of changed) await applySnapshot(ctx, scope, snapshot)
  return changed.length > 0
}

export interface KeptCharges {
  charges: ChargeData[]
  ids: Pick<ChargeData, 'externalSubscriptionId' | 'externalCustomerId'>
}

export async function loadCharges(scope: OrganizationScope, binding: BindingRow): Promise<KeptCharges> {
  const ids = {
    externalSubscriptionId: binding.externalSubscriptionId,
    externalCustomerId: await findExternalCustomerId(scope, binding.customerId),
  }
  const rows = await selectLedger(scope, binding.id)
  return { ids, charges: rows.filter(isCharge).map((row) => chargeOf(row, ids)) }
}

/**
 * The bills that would not be as they are: first those that there would be none of any more, which makes room for others of their cycles.
 * What is computed from all that is known is later than whatever was applied before it.
 */
export async function changedBills(
  scope: OrganizationScope,
  { origin, binding, observation }: BillsInput,
  { charges, ids }: KeptCharges,
): Promise<Array<Extract<Snapshot, { kind: 'invoice' }>>> {
  if (!binding.terms) return []
  const bills = invoicesOfCharges({ subscription: billedSubscription(binding.terms, ids), charges, at: observation.at })
  const known = await selectBills(scope, binding.id)
  const rows = new Map(known.map((row) => [row.externalInvoiceId, row]))
  const issued = bills.map((bill) => asIssued(bill, rows))
  const valid = new Set(issued.map(({ externalInvoiceId }) => externalInvoiceId))
  const withdrawn = known
    .filter((row) => row.status !== 'void' && !valid.has(row.externalInvoiceId))
    .map((row) => withdrawnBill(row, ids, observation.at))
  return [...withdrawn, ...issued]
    .filter((bill) => digestOf(bill) !== rows.get(bill.externalInvoiceId)?.snapshotDigest)
    .map((snapshot) => {
      const ticket = rows.get(snapshot.externalInvoiceId)?.ticketIssued ?? 0
      return { kind: 'invoice', input: { origin, snapshot, observation: { ...observation, by: 'read', ticket } } }
    })
}

/**
 * A finalized bill is never edited. When older terms come to light than it was written from, it is voided and another one is issued, which
 * adds a `~2` to its id.
 */
function asIssued(bill: InvoiceData, rows: ReadonlyMap<string, InvoiceRow>): InvoiceData {
  for (let issue = 1; ; issue++) {
    const externalInvoiceId = issue === 1 ? bill.externalInvoiceId : `${bill.externalInvoiceId}~${issue}`
    const row = rows.get(externalInvoiceId)
    if (!row || isSameDocument(row, bill)) return { ...bill, externalInvoiceId }
  }
}

const isSameDocument = (row: InvoiceRow, bill: InvoiceData): boolean =>
  row.currency === bill.currency &&
  (['subtotal', 'discount', 'tax', 'total'] as const).every((key) => row[key] === bill[key]) &&
  (['periodStart', 'periodEnd'] as const).every((key) => row[key]?.getTime() === bill[key]?.getTime())

/** A bill that turns out to be none is voided, and what paid it goes to others. */
function withdrawnBill(row: InvoiceRow, ids: KeptCharges['ids'], at: Date): InvoiceData {
  const { externalInvoiceId, number, billingReason, currency, subtotal, discount, tax, total, creditApplied } = row
  const { periodStart, periodEnd, createdAt, dueAt, finalizedAt, attemptCount, hostedUrl, pdfUrl, amountDue } = row
  return {
    ...ids,
    ...{ externalInvoiceId, number, billingReason, currency, subtotal, discount, tax, total, creditApplied },
    ...{ periodStart, periodEnd, createdAt, dueAt, finalizedAt, attemptCount, hostedUrl, pdfUrl, amountDue },
    status: 'void',
    amountPaid: 0,
    amountRemaining: 0,
    amountRefunded: 0,
    paidAt: null,
    voidedAt: at,
    nextPaymentAttemptAt: null,
    lines: [],
    payments: [],
    reference: {},
  }
}
