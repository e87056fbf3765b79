import { and, eq, isNull } from 'drizzle-orm'
import type { PlatformScope } from '../../db/index.ts'
import { apiKeys } from '../../db/schema/index.ts'
import { type ApiKey, type Scope, scopes } from './api-key.ts'

const isScope = (value: string): value is Scope => (scopes as readonly string[]).includes(value)

function toApiKey({ keyHash: _, ...row }: typeof apiKeys.$inferSelect): ApiKey {
  return { ...row, scopes: row.scopes.filter(isScope) }
}

export async function insertApiKey(scope: PlatformScope, apiKey: ApiKey, keyHash: string): Promise<void> {
  await scope.tx.insert(apiKeys).values({ ...apiKey, keyHash })
}

export async function findApiKeyByHash(scope: PlatformScope, keyHash: string): Promise<ApiKey | null> {
  const [row] = await scope.tx
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt)))
  return row ? toApiKey(row) : null
}

export async function markApiKeyRevoked(
  scope: PlatformScope,
  apiKeyId: string,
  revokedAt: Date,
): Promise<ApiKey | null> {
  const [row] = await scope.tx
    .update(apiKeys)
    .set({ revokedAt })
    .where(and(eq(apiKeys.id, apiKeyId), isNull(apiKeys.revokedAt)))
    .returning()
  return row ? toApiKey(row) : null
}
