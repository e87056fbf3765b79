import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { conflict } from '../primitives/index.ts'
import { addressRules, requireAllowedUrl } from './allowed-address.ts'
import { countEndpoints, insertEndpoint } from './endpoint-store.ts'
import { newSecret } from './sign.ts'
import { checkEventTypes, type WebhookEndpoint } from './webhook-endpoint.ts'

export interface CreateWebhookEndpointInput {
  /** Null makes one of the platform, which hears of every organization. */
  organizationId: string | null
  url: string
  /** All of them when left out. */
  eventTypes?: readonly string[] | null | undefined
  description?: string | undefined
  actor: string
}

/** Each owner's; every one of them is a request for each event. */
const endpointsAtMost = 20

/**
 * The secret is answered once. Errors: `invalid_webhook_url`, `webhook_url_not_https`, `webhook_url_not_allowed`, `unknown_event_type` (400),
 * `too_many_webhook_endpoints` (409).
 */
export async function createWebhookEndpoint(
  ctx: Context,
  { organizationId, url, eventTypes = null, description = '', actor }: CreateWebhookEndpointInput,
): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
  checkEventTypes(eventTypes)
  await requireAllowedUrl(addressRules(ctx), url)
  const now = ctx.clock.now()
  const row = {
    id: ctx.ids.next('webhookEndpoint'),
    organizationId,
    url,
    description,
    eventTypes: eventTypes && [...new Set(eventTypes)],
    status: 'active' as const,
    disabledReason: null,
    disabledAt: null,
    failingSince: null,
    createdAt: now,
    updatedAt: now,
  }
  const secret = newSecret(ctx.ids.token())
  const kept = { id: ctx.ids.next('webhookSecret'), endpointId: row.id, secret, createdAt: now, expiresAt: null }
  await asPlatform(ctx.db, async (scope) => {
    if ((await countEndpoints(scope, organizationId)) >= endpointsAtMost)
      throw conflict('too_many_webhook_endpoints', `There are ${endpointsAtMost} webhook endpoints already.`)
    await insertEndpoint(scope, { ...row, deletedAt: null }, kept)
    const audited = { actor, action: 'create_webhook_endpoint', subject: row.id, organizationId }
    await appendAuditEntry(scope, ctx, { ...audited, facts: { host: new URL(url).host } })
  })
  return { endpoint: { ...row, secrets: [{ id: kept.id, createdAt: now, expiresAt: null }] }, secret }
}
