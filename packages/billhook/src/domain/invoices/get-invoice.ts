import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import type { Invoice } from '../../outbox/billing-event.ts'
import { notFound } from '../../primitives/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import { findInvoice, selectInvoices } from './store.ts'

/** Error: `invoice_not_found` (404). */
export async function getInvoice(ctx: Context, input: { organizationId: string; invoiceId: string }): Promise<Invoice> {
  const invoice = await inOrganization(ctx.db, input.organizationId, (scope) => findInvoice(scope, input.invoiceId))
  if (!invoice) throw notFound('invoice_not_found', `There is no invoice ${input.invoiceId}.`)
  return invoice
}

/** The organization's bills, newest first. */
export async function listInvoices(
  ctx: Context,
  input: PageInput & { organizationId: string },
): Promise<Paged<Invoice>> {
  const before = decodeCursor(input)
  const rows = await inOrganization(ctx.db, input.organizationId, (scope) =>
    selectInvoices(scope, before, pageLimit(input) + 1),
  )
  return pageOf(
    rows,
    input,
    (invoice) => invoice,
    (invoice) => invoice.id,
  )
}
