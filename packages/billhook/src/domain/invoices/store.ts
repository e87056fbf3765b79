import { and, asc, desc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { invoiceLines, invoices, paymentAllocations, payments } from '../../db/schema/index.ts'
import { type Invoice, invoiceView } from '../../outbox/billing-event.ts'

type InvoiceRow = typeof invoices.$inferSelect

const withLines = async (scope: OrganizationScope, rows: InvoiceRow[]): Promise<Invoice[]> => {
  if (rows.length === 0) return []
  const lines = await scope.tx
    .select()
    .from(invoiceLines)
    .where(
      and(
        eq(invoiceLines.organizationId, scope.organizationId),
        inArray(
          invoiceLines.invoiceId,
          rows.map((row) => row.id),
        ),
      ),
    )
    .orderBy(asc(invoiceLines.ordinal))
  return rows.map((row) =>
    invoiceView(
      row,
      lines.filter((line) => line.invoiceId === row.id),
    ),
  )
}

export async function findInvoice(scope: OrganizationScope, id: string): Promise<Invoice | null> {
  const rows = await scope.tx
    .select()
    .from(invoices)
    .where(and(eq(invoices.organizationId, scope.organizationId), eq(invoices.id, id)))
  const [invoice] = await withLines(scope, rows)
  return invoice ?? null
}

/** Of the bills that a payment went to and that are paid, the newest. */
export async function findInvoicePaidBy(
  scope: OrganizationScope,
  payment: { provider: string; externalPaymentId: string },
): Promise<Invoice | null> {
  const [row] = await scope.tx
    .select({ id: invoices.id })
    .from(payments)
    .innerJoin(paymentAllocations, eq(paymentAllocations.paymentId, payments.id))
    .innerJoin(invoices, eq(invoices.id, paymentAllocations.invoiceId))
    .where(
      and(
        eq(payments.organizationId, scope.organizationId),
        eq(payments.provider, payment.provider),
        eq(payments.externalPaymentId, payment.externalPaymentId),
        eq(invoices.status, 'paid'),
      ),
    )
    .orderBy(desc(invoices.createdAt), desc(invoices.id))
    .limit(1)
  return row ? findInvoice(scope, row.id) : null
}

/** Newest first by the bill's own date, which its arrival need not follow; from below the given one. */
export async function selectInvoices(
  scope: OrganizationScope,
  before: string | null,
  limit: number,
): Promise<Invoice[]> {
  const rows = await scope.tx
    .select()
    .from(invoices)
    .where(
      and(
        eq(invoices.organizationId, scope.organizationId),
        before
          ? sql`(${invoices.createdAt}, ${invoices.id}) < (select created_at, id from billhook.invoices where id = ${before})`
          : undefined,
      ),
    )
    .orderBy(desc(invoices.createdAt), desc(invoices.id))
    .limit(limit)
  return withLines(scope, rows)
}

export interface InvoiceWithoutPayment {
  id: string
  organizationId: string
  provider: string
  externalInvoiceId: string
}

/** Across organizations, the longest waiting first. */
export const listInvoicesWithoutPayment = (
  { tx }: PlatformScope,
  now: Date,
  limit: number,
): Promise<InvoiceWithoutPayment[]> =>
  tx
    .select({
      id: invoices.id,
      organizationId: invoices.organizationId,
      provider: invoices.provider,
      externalInvoiceId: invoices.externalInvoiceId,
    })
    .from(invoices)
    .where(lte(invoices.paymentsDueAt, now))
    .orderBy(asc(invoices.paymentsDueAt))
    .limit(limit)

/** Takes an invoice that is due, for as long as asking may last. False: another worker was faster. */
export async function postponePayments(
  scope: OrganizationScope,
  id: string,
  { now, until }: { now: Date; until: Date },
): Promise<boolean> {
  const taken = await scope.tx
    .update(invoices)
    .set({ paymentsDueAt: until })
    .where(
      and(eq(invoices.organizationId, scope.organizationId), eq(invoices.id, id), lte(invoices.paymentsDueAt, now)),
    )
    .returning({ id: invoices.id })
  return taken.length === 1
}
