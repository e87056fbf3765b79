import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { applySnapshot } from './apply-snapshots.ts'
import type { InvoiceObservation } from './decide-invoice.ts'
import type { SyncOutcome } from './outcome.ts'

export type ApplyInvoiceInput = InvoiceObservation

/** The one place where a provider's invoice becomes ours: invoice, lines, payments, paid time and what is told, in one transaction. */
export async function applyInvoice(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplyInvoiceInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  return applySnapshot(ctx, scope, { kind: 'invoice', input })
}
