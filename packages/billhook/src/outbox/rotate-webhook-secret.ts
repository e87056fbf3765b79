import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { appendAuditEntry } from '../domain/audit/index.ts'
import { conflict, invalid } from '../primitives/index.ts'
import { endSecrets, insertSecret, liveSecrets, lockEndpointRow } from './endpoint-store.ts'
import { viewEndpoint } from './get-webhook-endpoint.ts'
import { newSecret } from './sign.ts'
import type { EndpointInput, WebhookEndpoint } from './webhook-endpoint.ts'

export interface RotateWebhookSecretInput extends EndpointInput {
  /** How long deliveries are signed with the old one as well, 0 to 168; 24 when left out. */
  overlapHours?: number | undefined
  actor: string
}

/** Each is a signature in every delivery. */
const secretsAtMost = 4

/**
 * A new secret, answered once; until the overlap ends, deliveries carry signatures of the old ones too. Errors: `invalid_overlap` (400),
 * `webhook_endpoint_not_found` (404), `too_many_webhook_secrets` (409).
 */
export function rotateWebhookSecret(
  ctx: Context,
  { organizationId, endpointId, overlapHours = 24, actor }: RotateWebhookSecretInput,
): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
  if (!(overlapHours >= 0 && overlapHours <= 168)) throw invalid('invalid_overlap', 'The overlap is 0 to 168 hours.')
  const input = { organizationId, endpointId }
  return asPlatform(ctx.db, async (scope) => {
    const row = await lockEndpointRow(scope, input)
    const now = ctx.clock.now()
    await endSecrets(scope, endpointId, new Date(now.getTime() + overlapHours * 3_600_000))
    if ((await liveSecrets(scope, [endpointId], now)).length >= secretsAtMost)
      throw conflict('too_many_webhook_secrets', 'Wait until one of the old secrets has expired.')
    const secret = newSecret(ctx.ids.token())
    await insertSecret(scope, {
      id: ctx.ids.next('webhookSecret'),
      endpointId,
      secret,
      createdAt: now,
      expiresAt: null,
    })
    const audited = { actor, action: 'rotate_webhook_secret', subject: endpointId }
    await appendAuditEntry(scope, ctx, { ...audited, organizationId: row.organizationId })
    return { endpoint: await viewEndpoint(scope, ctx, input), secret }
  })
}
