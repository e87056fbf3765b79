import type { Context } from '../../context.ts'
import type { PlatformScope } from '../../db/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import type { Alert } from './alert.ts'
import { markResolvedAbout } from './store.ts'

/** Resolves the open alert of this kind about this subject, if there is one, in the caller's transaction: what it warned of is settled. */
export async function resolveAlertAbout(
  scope: PlatformScope,
  ctx: Context,
  { actor, ...about }: Pick<Alert, 'kind' | 'subject'> & { actor: string },
): Promise<void> {
  const alert = await markResolvedAbout(scope, about, ctx.clock.now())
  if (!alert) return
  const { organizationId } = alert
  await appendAuditEntry(scope, ctx, {
    actor,
    action: 'resolve_alert',
    subject: alert.id,
    facts: about,
    organizationId,
  })
}
