import { type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Context } from '../../context.ts'
import {
  insertRecords,
  isUniqueViolation,
  type OrganizationsScope,
  type Statement,
  together,
  updateRecords,
} from '../../db/index.ts'
import {
  bindings,
  checkoutSessions,
  externalRefs,
  invoiceLines,
  invoiceSequences,
  invoices,
  paymentAllocations,
  payments,
  subscriptionChanges,
  subscriptionItems,
  subscriptionPeriods,
  subscriptions,
} from '../../db/schema/index.ts'
import { appendStatements } from '../../outbox/append.ts'
import { BillhookError } from '../../primitives/index.ts'
import type { Changes, Decision, Put } from './changes.ts'

/**
 * Writes what was decided, for any number of snapshots of different organizations, and what is told of it, in one statement, which is put
 * into `closing` where nothing has to follow it. The caller holds the organizations' locks. Error: `foreign_reference` (409) when another
 * organization owns one of the external ids.
 */
export async function writeRows(
  ctx: Context,
  { tx }: OrganizationsScope,
  decisions: readonly Decision[],
  { besides, closing }: { besides: readonly Statement[]; closing: Statement[] | undefined },
): Promise<void> {
  const told = decisions.map((decision) => ({ ...decision, facts: decision.changes.facts }))
  const writes = [...rowWrites(decisions), ...appendStatements(ctx, told), ...besides]
  const endsNow = decisions.some(({ changes }) => changes.endsNow)
  try {
    // Parts of one statement run in no certain order, so what has to make room goes first.
    for (const removal of decisions.flatMap(removals)) await tx.execute(removal)
    // The one exception to "paid-through moves only forward"; the trigger lets it pass only inside this transaction.
    if (endsNow) await tx.execute(sql`select set_config('billhook.end_now', 'on', true)`)
    if (writes.length > 0 && closing && !endsNow) closing.push(together(writes))
    else if (writes.length > 0) await tx.execute(together(writes))
    if (endsNow) await tx.execute(sql`select set_config('billhook.end_now', 'off', true)`)
  } catch (error) {
    throw isForeign(error) ? foreignReference(error) : error
  }
}

/** A row of another organization is hidden, so only the unique keys of external ids can tell. */
const isForeign = (error: unknown): boolean =>
  ['external_refs_once', 'bindings_external_once', 'invoices_external_once', 'payments_external_once'].some((key) =>
    isUniqueViolation(error, key),
  )

const foreignReference = (cause: unknown): BillhookError =>
  new BillhookError('foreign_reference', 'An external id in it belongs to another object already.', {
    status: 409,
    cause,
  })

function removals({ organizationId, changes: { goneItems, lines, invoice, allocatesAnew } }: Decision): SQL[] {
  const gone = goneItems.map(
    (id) => sql`delete from billhook.subscription_items where organization_id = ${organizationId} and id = ${id}`,
  )
  if (!invoice || invoice.isNew) return gone
  const ofInvoice = sql`where organization_id = ${organizationId} and invoice_id = ${invoice.row.id}`
  if (lines) gone.push(sql`delete from billhook.invoice_lines ${ofInvoice}`)
  if (allocatesAnew) gone.push(sql`delete from billhook.payment_allocations ${ofInvoice}`)
  return gone
}

function rowWrites(decisions: readonly Decision[]): SQL[] {
  const changes = decisions.map((decision) => decision.changes)
  const refs = decisions.flatMap(({ organizationId, changes: { refs } }) =>
    refs.map((ref) => ({ ...ref, organizationId })),
  )
  return [...inserts(externalRefs, refs), ...subscriptionWrites(changes), ...invoiceWrites(changes)]
}

function subscriptionWrites(changes: readonly Changes[]): SQL[] {
  const all = <T>(pick: (change: Changes) => T[] | T | undefined): T[] =>
    changes.flatMap((change) => pick(change) ?? [])
  const itemKey = {
    target: ['bindingId', 'externalItemId'],
    set: ['subscriptionId', 'externalPriceId', 'priceId', 'quantity'],
  } as const
  return [
    ...puts(
      subscriptions,
      all((change) => change.subscription),
    ),
    ...puts(
      bindings,
      all((change) => change.binding),
    ),
    ...inserts(
      subscriptionItems,
      all((change) => change.items),
      itemKey,
    ),
    ...puts(
      subscriptionPeriods,
      all((change) => change.period),
    ),
    ...updates(
      subscriptionPeriods,
      all((change) => change.pastPeriod),
    ),
    ...updates(
      subscriptionChanges,
      all((change) => change.change),
    ),
    ...updates(
      checkoutSessions,
      all((change) => change.checkout),
    ),
  ]
}

function invoiceWrites(changes: readonly Changes[]): SQL[] {
  const all = <T>(pick: (change: Changes) => T[] | T | undefined): T[] =>
    changes.flatMap((change) => pick(change) ?? [])
  const paymentKey = { target: ['provider', 'externalPaymentId'], set: paymentColumns } as const
  const allocationKey = { target: ['paymentId', 'invoiceId'], set: ['amount'] } as const
  return [
    ...puts(
      invoices,
      all((change) => change.invoice),
    ),
    ...inserts(
      invoiceLines,
      all((change) => change.lines),
    ),
    ...inserts(
      payments,
      all((change) => change.payments),
      paymentKey,
    ),
    ...inserts(
      paymentAllocations,
      all((change) => change.allocations),
      allocationKey,
    ),
    ...inserts(
      invoiceSequences,
      all((change) => change.sequence),
      { target: ['organizationId'], set: ['lastNumber'] },
    ),
  ]
}

const paymentColumns = [
  'customerId',
  'bindingId',
  'status',
  'currency',
  'amount',
  'attemptNo',
  'declineCode',
  'failureMessage',
  'attemptedAt',
  'updatedAt',
] as const

const inserts = <T extends PgTable>(
  table: T,
  rows: ReadonlyArray<T['$inferInsert']>,
  conflict?: Parameters<typeof insertRecords<T>>[2],
): SQL[] => (rows.length === 0 ? [] : [insertRecords(table, rows, conflict)])

type Updatable<T extends PgTable> = ReadonlyArray<Partial<T['$inferInsert']> & { id: string; organizationId: string }>

const updates = <T extends PgTable>(table: T, rows: Updatable<T>): SQL[] =>
  rows.length === 0 ? [] : [updateRecords(table, rows)]

const puts = <T extends PgTable>(
  table: T,
  rows: ReadonlyArray<Put<T['$inferInsert'] & { id: string; organizationId: string }>>,
): SQL[] => [
  ...inserts(
    table,
    rows.filter(({ isNew }) => isNew).map(({ row }) => row),
  ),
  ...updates(
    table,
    rows.filter(({ isNew }) => !isNew).map(({ row }) => row),
  ),
]
