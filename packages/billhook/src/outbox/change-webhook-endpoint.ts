import type { Context } from '../context.ts'
import { asPlatform, type PlatformScope } from '../db/index.ts'
import { resolveAlertAbout } from '../domain/alerts/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { addressRules, requireAllowedUrl } from './allowed-address.ts'
import { deleteSecrets, giveUpDeliveries, lockEndpointRow, updateEndpoint } from './endpoint-store.ts'
import { viewEndpoint } from './get-webhook-endpoint.ts'
import { checkEventTypes, disabledAlert, type EndpointInput, type WebhookEndpoint } from './webhook-endpoint.ts'

export interface ChangeWebhookEndpointInput extends EndpointInput {
  url?: string | undefined
  /** Null: all of them. */
  eventTypes?: readonly string[] | null | undefined
  description?: string | undefined
  status?: WebhookEndpoint['status'] | undefined
  actor: string
}

/**
 * Changes what is given. Disabling gives up what was still to be sent; enabling sends what happens from then on: `recoverWebhooks` sends what
 * was missed. Errors: those of creating one, and `webhook_endpoint_not_found` (404).
 */
export async function changeWebhookEndpoint(
  ctx: Context,
  { organizationId, endpointId, actor, status, url, eventTypes, description }: ChangeWebhookEndpointInput,
): Promise<WebhookEndpoint> {
  const input = { organizationId, endpointId }
  if (eventTypes !== undefined) checkEventTypes(eventTypes)
  if (url !== undefined) await requireAllowedUrl(addressRules(ctx), url)
  return asPlatform(ctx.db, async (scope) => {
    const before = await lockEndpointRow(scope, input)
    const now = ctx.clock.now()
    await updateEndpoint(scope, endpointId, {
      url,
      description,
      eventTypes: eventTypes && [...new Set(eventTypes)],
      ...(status === 'active' && before.status === 'disabled' ? enabled : {}),
      ...(status === 'disabled' && before.status === 'active' ? disabledByRequest(now) : {}),
      updatedAt: now,
    })
    await followStatus(scope, ctx, { endpointId, status, actor })
    const facts = { status, event_types: eventTypes, host: url && new URL(url).host }
    const audited = { actor, action: 'change_webhook_endpoint', subject: endpointId, facts }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId: before.organizationId })
    return viewEndpoint(scope, ctx, input)
  })
}

const enabled = { status: 'active', disabledReason: null, disabledAt: null, failingSince: null } as const
const disabledByRequest = (now: Date) =>
  ({ status: 'disabled', disabledReason: 'by_request', disabledAt: now }) as const

async function followStatus(
  scope: PlatformScope,
  ctx: Context,
  { endpointId, status, actor }: { endpointId: string; status: WebhookEndpoint['status'] | undefined; actor: string },
): Promise<void> {
  if (status === 'disabled') await giveUpDeliveries(scope, endpointId, 'the endpoint was disabled')
  if (status === 'active') await resolveAlertAbout(scope, ctx, { kind: disabledAlert, subject: endpointId, actor })
}

/** Its secrets go at once; the log of what it was sent stays. Error: `webhook_endpoint_not_found` (404). */
export function deleteWebhookEndpoint(ctx: Context, input: EndpointInput & { actor: string }): Promise<void> {
  const { endpointId, actor } = input
  return asPlatform(ctx.db, async (scope) => {
    const before = await lockEndpointRow(scope, input)
    const now = ctx.clock.now()
    const disabled = before.status === 'active' ? disabledByRequest(now) : {}
    await updateEndpoint(scope, endpointId, { ...disabled, updatedAt: now, deletedAt: now })
    await deleteSecrets(scope, endpointId)
    await giveUpDeliveries(scope, endpointId, 'the endpoint was deleted')
    await resolveAlertAbout(scope, ctx, { kind: disabledAlert, subject: endpointId, actor })
    const audited = { actor, action: 'delete_webhook_endpoint', subject: endpointId }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId: before.organizationId })
  })
}
