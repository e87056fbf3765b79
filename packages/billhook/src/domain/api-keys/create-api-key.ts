import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { invalid, sha256Hex } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import type { ApiKey, Scope } from './api-key.ts'
import { insertApiKey } from './store.ts'

export interface CreateApiKeyInput {
  /** Null makes a platform key. */
  organizationId: string | null
  name: string
  scopes: Scope[]
  actor: string
}

/** The plain key is answered once and kept nowhere. */
export async function createApiKey(
  ctx: Context,
  { organizationId, name, scopes, actor }: CreateApiKeyInput,
): Promise<{ apiKey: ApiKey; plainKey: string }> {
  if (scopes.length === 0) throw invalid('invalid_scopes', 'A key needs at least one scope.')
  const plainKey = `bh_${ctx.ids.token()}`
  const apiKey: ApiKey = {
    id: ctx.ids.next('apiKey'),
    organizationId,
    name,
    scopes: [...new Set(scopes)],
    createdAt: ctx.clock.now(),
    revokedAt: null,
  }
  await asPlatform(ctx.db, async (scope) => {
    await insertApiKey(scope, apiKey, sha256Hex(plainKey))
    const facts = { name, scopes: apiKey.scopes }
    await appendAuditEntry(scope, ctx, { actor, action: 'create_api_key', subject: apiKey.id, facts, organizationId })
  })
  return { apiKey, plainKey }
}
