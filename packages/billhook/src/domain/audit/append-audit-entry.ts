import type { Context } from '../../context.ts'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { insertAuditEntry } from './store.ts'

export interface AppendAuditEntryInput {
  actor: string
  action: string
  subject: string
  facts?: Record<string, unknown>
  /** Read in the platform's scope only; an organization's scope writes its own. */
  organizationId?: string | null
}

/** Writes one line in the caller's transaction, so that the record stands exactly when the deed does. */
export async function appendAuditEntry(
  scope: OrganizationScope | PlatformScope,
  ctx: Context,
  { actor, action, subject, facts = {}, organizationId = null }: AppendAuditEntryInput,
): Promise<void> {
  await insertAuditEntry(scope, {
    id: ctx.ids.next('auditEntry'),
    organizationId: 'organizationId' in scope ? scope.organizationId : organizationId,
    actor,
    action,
    subject,
    facts,
    at: ctx.clock.now(),
  })
}
