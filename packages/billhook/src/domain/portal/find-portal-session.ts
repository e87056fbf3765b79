import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { sha256Hex } from '../../primitives/index.ts'
import type { PortalSession } from './portal-session.ts'
import { findByCookieHash } from './store.ts'

/** Null for a cookie that expired, was left or never was one of ours. */
export function findPortalSession(ctx: Context, cookie: string): Promise<PortalSession | null> {
  return asPlatform(ctx.db, (scope) => findByCookieHash(scope, sha256Hex(cookie), ctx.clock.now()))
}
