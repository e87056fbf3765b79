import type { Context } from '../../context.ts'
import { inOrganization, lockOrganization } from '../../db/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { findSubscriptionRow, setPaidThrough } from './store.ts'

/** Takes back the paid time that is left of a subscription, with a line in the audit log. Nothing left is fine. */
export async function endPaidTime(
  ctx: Context,
  input: { organizationId: string; subscriptionId: string; at: Date; actor: string; facts: Record<string, unknown> },
): Promise<void> {
  await inOrganization(ctx.db, input.organizationId, async (scope) => {
    await lockOrganization(scope)
    const row = await findSubscriptionRow(scope, input.subscriptionId)
    if (!row?.paidThroughAt || row.paidThroughAt <= input.at) return
    await setPaidThrough(scope, row.id, { paidThroughAt: input.at, updatedAt: ctx.clock.now() })
    await appendAuditEntry(scope, ctx, {
      actor: input.actor,
      action: 'end_now',
      subject: row.id,
      facts: { ...input.facts, paid_through_was: row.paidThroughAt, paid_through_is: input.at },
    })
  })
}
