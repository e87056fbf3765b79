import { and, asc, eq, sql } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { invoiceLines, invoices, paymentAllocations, payments, subscriptions } from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { findPayment } from './money-back-store.ts'
import { claimExternalRef } from './store.ts'

export type InvoiceRow = typeof invoices.$inferSelect
export type InvoiceLineRow = typeof invoiceLines.$inferSelect
export type NewPayment = Omit<typeof payments.$inferInsert, 'organizationId'>

export async function findInvoice(
  scope: OrganizationScope,
  provider: string,
  externalInvoiceId: string,
): Promise<InvoiceRow | null> {
  const [row] = await scope.tx
    .select()
    .from(invoices)
    .where(
      and(
        eq(invoices.organizationId, scope.organizationId),
        eq(invoices.provider, provider),
        eq(invoices.externalInvoiceId, externalInvoiceId),
      ),
    )
  return row ?? null
}

/** New, or changed; the derived columns come back with it. */
export async function saveInvoice(scope: OrganizationScope, row: typeof invoices.$inferInsert): Promise<InvoiceRow> {
  const { id, createdAt, ...changing } = row
  const [saved] = await scope.tx
    .insert(invoices)
    .values({ ...changing, id, createdAt })
    .onConflictDoUpdate({ target: [invoices.provider, invoices.externalInvoiceId], set: changing })
    .returning()
  if (!saved) throw new InvariantError('an upsert of an invoice answered no row')
  return saved
}

export async function updateInvoiceGuard(
  scope: OrganizationScope,
  id: string,
  values: Partial<InvoiceRow>,
): Promise<void> {
  await scope.tx
    .update(invoices)
    .set(values)
    .where(and(eq(invoices.organizationId, scope.organizationId), eq(invoices.id, id)))
}

export const listInvoiceLines = (scope: OrganizationScope, invoiceId: string): Promise<InvoiceLineRow[]> =>
  scope.tx
    .select()
    .from(invoiceLines)
    .where(and(eq(invoiceLines.organizationId, scope.organizationId), eq(invoiceLines.invoiceId, invoiceId)))
    .orderBy(asc(invoiceLines.ordinal))

export async function replaceInvoiceLines(
  scope: OrganizationScope,
  invoiceId: string,
  lines: Array<Omit<typeof invoiceLines.$inferInsert, 'organizationId' | 'invoiceId' | 'ordinal'>>,
): Promise<void> {
  await scope.tx
    .delete(invoiceLines)
    .where(and(eq(invoiceLines.organizationId, scope.organizationId), eq(invoiceLines.invoiceId, invoiceId)))
  if (lines.length === 0) return
  await scope.tx
    .insert(invoiceLines)
    .values(
      lines.map((line, index) => ({ ...line, organizationId: scope.organizationId, invoiceId, ordinal: index + 1 })),
    )
}

/** An attempt to collect, and how much of it went to this invoice. */
export async function savePayment(
  scope: OrganizationScope,
  payment: NewPayment,
  allocation: { id: string; invoiceId: string; amount: number },
): Promise<void> {
  const { id, createdAt, ...changing } = payment
  const { provider, externalPaymentId } = payment
  // Refunds and disputes name nothing but the payment.
  if (!(await findPayment(scope, provider, externalPaymentId)))
    await claimExternalRef(scope, { provider, kind: 'payment', externalId: externalPaymentId, objectId: id })
  const [saved] = await scope.tx
    .insert(payments)
    .values({ ...changing, id, createdAt, organizationId: scope.organizationId })
    .onConflictDoUpdate({ target: [payments.provider, payments.externalPaymentId], set: changing })
    .returning({ id: payments.id })
  if (!saved) throw new InvariantError('an upsert of a payment answered no row')
  await scope.tx
    .insert(paymentAllocations)
    .values({ ...allocation, paymentId: saved.id, organizationId: scope.organizationId })
    .onConflictDoUpdate({
      target: [paymentAllocations.paymentId, paymentAllocations.invoiceId],
      set: { amount: sql`excluded.amount` },
    })
}

interface PaidTime {
  subscriptionId: string
  until: Date
  /** An end before `until` was meant to end paid time, too: the same result whether the payment or the end is heard of first. */
  endCaps: boolean
  now: Date
}

/** Paid time moves only forward: an older invoice paid late changes nothing. */
export async function extendPaidThrough(
  scope: OrganizationScope,
  { subscriptionId, until, endCaps, now }: PaidTime,
): Promise<void> {
  const capped = sql`case when ${endCaps} and ended_at is not null then least(ended_at, ${until.toISOString()}::timestamptz) else ${until.toISOString()}::timestamptz end`
  await scope.tx
    .update(subscriptions)
    .set({ paidThroughAt: sql`greatest(paid_through_at, ${capped})`, updatedAt: now })
    .where(and(eq(subscriptions.organizationId, scope.organizationId), eq(subscriptions.id, subscriptionId)))
}

/**
 * A debt is as old as its oldest open bill, whichever of the failures was heard of first. Where no bill of it is known, the first failure
 * that was heard of stands.
 */
export async function dateDebt(scope: OrganizationScope, subscriptionId: string): Promise<void> {
  await scope.tx.execute(sql`update billhook.subscriptions s set grace_started_at = bill.since
    from (select min(coalesce(due_at, finalized_at, created_at)) as since from billhook.invoices
      where organization_id = ${scope.organizationId} and subscription_id = ${subscriptionId}
        and status in ('open', 'uncollectible') and amount_remaining > 0) bill
    where s.organization_id = ${scope.organizationId} and s.id = ${subscriptionId} and s.status in ('past_due', 'unpaid')
      and bill.since is not null and bill.since is distinct from s.grace_started_at`)
}
