import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { OrganizationScope, OrganizationsScope } from '../../db/index.ts'
import { disputes, invoices, paymentAllocations, payments, refunds } from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'

export type PaymentRow = typeof payments.$inferSelect
export type RefundRow = typeof refunds.$inferSelect
export type DisputeRow = typeof disputes.$inferSelect
type InvoiceRow = typeof invoices.$inferSelect

export async function findPayment(
  scope: OrganizationScope,
  provider: string,
  externalPaymentId: string,
): Promise<PaymentRow | null> {
  const [row] = await scope.tx
    .select()
    .from(payments)
    .where(
      and(
        eq(payments.organizationId, scope.organizationId),
        eq(payments.provider, provider),
        eq(payments.externalPaymentId, externalPaymentId),
      ),
    )
  return row ?? null
}

/** The bill that most of a payment went to, or the one that is named, if the payment went there at all. */
export async function findPaidInvoice(
  scope: OrganizationScope,
  paymentId: string,
  externalInvoiceId: string | null,
): Promise<InvoiceRow | null> {
  const rows = await scope.tx
    .select({ invoice: invoices })
    .from(paymentAllocations)
    .innerJoin(
      invoices,
      and(
        eq(invoices.organizationId, paymentAllocations.organizationId),
        eq(invoices.id, paymentAllocations.invoiceId),
      ),
    )
    .where(
      and(eq(paymentAllocations.organizationId, scope.organizationId), eq(paymentAllocations.paymentId, paymentId)),
    )
    .orderBy(desc(paymentAllocations.amount), desc(invoices.createdAt), invoices.id)
  const named = rows.find(({ invoice }) => invoice.externalInvoiceId === externalInvoiceId)
  return (named ?? rows[0])?.invoice ?? null
}

export async function findRefund(
  scope: OrganizationScope,
  provider: string,
  externalRefundId: string,
): Promise<RefundRow | null> {
  const [row] = await scope.tx
    .select()
    .from(refunds)
    .where(
      and(
        eq(refunds.organizationId, scope.organizationId),
        eq(refunds.provider, provider),
        eq(refunds.externalRefundId, externalRefundId),
      ),
    )
  return row ?? null
}

/** Our id of a provider's refund. */
export const findRefundId = async (
  scope: OrganizationScope,
  provider: string,
  externalRefundId: string,
): Promise<string | null> => (await findRefund(scope, provider, externalRefundId))?.id ?? null

export async function saveRefund(scope: OrganizationScope, row: typeof refunds.$inferInsert): Promise<RefundRow> {
  const { id, createdAt, ...changing } = row
  const [saved] = await scope.tx
    .insert(refunds)
    .values({ ...changing, id, createdAt })
    .onConflictDoUpdate({ target: [refunds.provider, refunds.externalRefundId], set: changing })
    .returning()
  if (!saved) throw new InvariantError('an upsert of a refund answered no row')
  return saved
}

export async function updateRefundGuard(
  scope: OrganizationScope,
  id: string,
  values: Partial<RefundRow>,
): Promise<void> {
  await scope.tx
    .update(refunds)
    .set(values)
    .where(and(eq(refunds.organizationId, scope.organizationId), eq(refunds.id, id)))
}

/**
 * What of a bill was given back: the refunds of it that succeeded, never more than was paid. A provider's bill may know of more than we
 * have heard of one by one; only a refund that failed afterwards takes something back (`canFall`).
 */
export async function countRefunds(
  scope: OrganizationScope,
  invoice: InvoiceRow,
  { canFall }: { canFall: boolean },
): Promise<InvoiceRow> {
  const refunded = sql`coalesce((select sum(amount) from billhook.refunds r
    where r.organization_id = ${scope.organizationId} and r.invoice_id = ${invoice.id} and r.status = 'succeeded'), 0)`
  const total = canFall ? refunded : sql`greatest(${invoices.amountRefunded}, ${refunded})`
  const [changed] = await scope.tx
    .update(invoices)
    .set({ amountRefunded: sql`least(${invoices.amountPaid}, ${total})` })
    .where(
      and(
        eq(invoices.organizationId, scope.organizationId),
        eq(invoices.id, invoice.id),
        sql`${invoices.amountRefunded} <> least(${invoices.amountPaid}, ${total})`,
      ),
    )
    .returning()
  return changed ?? invoice
}

export async function findDispute(
  scope: OrganizationScope,
  provider: string,
  externalDisputeId: string,
): Promise<DisputeRow | null> {
  const [row] = await scope.tx
    .select()
    .from(disputes)
    .where(
      and(
        eq(disputes.organizationId, scope.organizationId),
        eq(disputes.provider, provider),
        eq(disputes.externalDisputeId, externalDisputeId),
      ),
    )
  return row ?? null
}

export async function saveDispute(scope: OrganizationScope, row: typeof disputes.$inferInsert): Promise<DisputeRow> {
  const { id, createdAt, ...changing } = row
  const [saved] = await scope.tx
    .insert(disputes)
    .values({ ...changing, id, createdAt })
    .onConflictDoUpdate({ target: [disputes.provider, disputes.externalDisputeId], set: changing })
    .returning()
  if (!saved) throw new InvariantError('an upsert of a dispute answered no row')
  return saved
}

export async function updateDisputeGuard(
  scope: OrganizationScope,
  id: string,
  values: Partial<DisputeRow>,
): Promise<void> {
  await scope.tx
    .update(disputes)
    .set(values)
    .where(and(eq(disputes.organizationId, scope.organizationId), eq(disputes.id, id)))
}

/** Refunds as they are kept, by their external ids. */
export async function selectRefunds(
  { tx, organizationIds }: OrganizationsScope,
  provider: string,
  externalIds: readonly string[],
): Promise<Map<string, RefundRow>> {
  if (externalIds.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(refunds)
    .where(
      and(
        inArray(refunds.organizationId, [...organizationIds]),
        eq(refunds.provider, provider),
        inArray(refunds.externalRefundId, [...externalIds]),
      ),
    )
  return new Map(rows.map((row) => [row.externalRefundId, row]))
}

/** Disputes as they are kept, by their external ids. */
export async function selectDisputes(
  { tx, organizationIds }: OrganizationsScope,
  provider: string,
  externalIds: readonly string[],
): Promise<Map<string, DisputeRow>> {
  if (externalIds.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(disputes)
    .where(
      and(
        inArray(disputes.organizationId, [...organizationIds]),
        eq(disputes.provider, provider),
        inArray(disputes.externalDisputeId, [...externalIds]),
      ),
    )
  return new Map(rows.map((row) => [row.externalDisputeId, row]))
}

/** Those of these external ids that are payments here. */
export async function selectPaymentIds(
  { tx, organizationIds }: OrganizationsScope,
  provider: string,
  externalIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx
    .select({ externalId: payments.externalPaymentId })
    .from(payments)
    .where(
      and(
        inArray(payments.organizationId, [...organizationIds]),
        eq(payments.provider, provider),
        inArray(payments.externalPaymentId, [...externalIds]),
      ),
    )
  return new Set(rows.map(({ externalId }) => externalId))
}
