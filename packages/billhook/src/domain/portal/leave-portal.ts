import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { sha256Hex } from '../../primitives/index.ts'
import { endCookie } from './store.ts'

/** The cookie stops working at once; leaving twice is fine. */
export function leavePortal(ctx: Context, cookie: string): Promise<void> {
  return asPlatform(ctx.db, (scope) => endCookie(scope, sha256Hex(cookie), ctx.clock.now()))
}
