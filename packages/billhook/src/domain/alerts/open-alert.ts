import type { Context } from '../../context.ts'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import type { Alert } from './alert.ts'
import { insertAlert } from './store.ts'

export interface OpenAlertInput {
  kind: string
  subject: string
  severity: Alert['severity']
  detail: string
  facts?: Record<string, unknown>
  /** Read in the platform's scope only; an organization's scope writes its own. */
  organizationId?: string | null
}

/**
 * Opens an alert in the caller's transaction and answers it; null where one of this kind and subject is open already.
 * Never fails an event: a second time changes nothing.
 */
export async function openAlert(
  scope: OrganizationScope | PlatformScope,
  ctx: Context,
  { facts = {}, organizationId = null, ...input }: OpenAlertInput,
): Promise<Alert | null> {
  const alert: Alert = {
    ...input,
    id: ctx.ids.next('alert'),
    organizationId: 'organizationId' in scope ? scope.organizationId : organizationId,
    facts,
    openedAt: ctx.clock.now(),
    resolvedAt: null,
  }
  return (await insertAlert(scope, alert)) ? alert : null
}
