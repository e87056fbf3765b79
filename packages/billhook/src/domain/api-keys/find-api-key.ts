import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { sha256Hex } from '../../primitives/index.ts'
import type { ApiKey } from './api-key.ts'
import { findApiKeyByHash } from './store.ts'

/** The key that is not revoked, or null. Found by its hash, so that no comparison can leak how much of a guess was right. */
export function findApiKey(ctx: Context, plainKey: string): Promise<ApiKey | null> {
  return asPlatform(ctx.db, (scope) => findApiKeyByHash(scope, sha256Hex(plainKey)))
}
