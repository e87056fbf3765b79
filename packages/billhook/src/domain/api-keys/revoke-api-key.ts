import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { markApiKeyRevoked } from './store.ts'

/** Errors: `api_key_not_found` (404), also for one that is revoked already. */
export function revokeApiKey(ctx: Context, { apiKeyId, actor }: { apiKeyId: string; actor: string }): Promise<void> {
  return asPlatform(ctx.db, async (scope) => {
    const revoked = await markApiKeyRevoked(scope, apiKeyId, ctx.clock.now())
    if (!revoked) throw notFound('api_key_not_found', 'There is no such key in use.')
    const { organizationId } = revoked
    await appendAuditEntry(scope, ctx, { actor, action: 'revoke_api_key', subject: apiKeyId, organizationId })
  })
}
