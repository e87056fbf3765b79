import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import type { Alert } from './alert.ts'
import { findAlert, markAlertResolved } from './store.ts'

/** Resolving what is resolved already is a success. Errors: `alert_not_found` (404). */
export function resolveAlert(ctx: Context, { alertId, actor }: { alertId: string; actor: string }): Promise<Alert> {
  return asPlatform(ctx.db, async (scope) => {
    const resolved = await markAlertResolved(scope, alertId, ctx.clock.now())
    const alert = resolved ?? (await findAlert(scope, alertId))
    if (!alert) throw notFound('alert_not_found', 'There is no such alert.')
    if (resolved) {
      await appendAuditEntry(scope, ctx, {
        actor,
        action: 'resolve_alert',
        subject: alertId,
        facts: { kind: alert.kind, subject: alert.subject },
        organizationId: alert.organizationId,
      })
    }
    return alert
  })
}
