import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { invoiceLines, invoices } from '../../db/schema/index.ts'
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

/** Newest first, from below the given id: ids rise with time. */
export async function selectInvoices(
  scope: OrganizationScope,
  before: string | null,
  limit: number,
): Promise<Invoice[]> {
  const rows = await scope.tx
    .select()
    .from(invoices)
    .where(and(eq(invoices.organizationId, scope.organizationId), before ? lt(invoices.id, before) : undefined))
    .orderBy(desc(invoices.id))
    .limit(limit)
  return withLines(scope, rows)
}
