import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { BillhookError, sha256Hex } from '../../primitives/index.ts'
import type { PortalSession } from './portal-session.ts'
import { exchangeLink } from './store.ts'

const cookieLifetimeMs = 12 * 60 * 60_000

/** Exchanges a link's token for a cookie's secret, good for 12 hours. Errors: `portal_link_invalid` (410) when used, expired or made up. */
export async function enterPortal(ctx: Context, token: string): Promise<{ cookie: string; session: PortalSession }> {
  const cookie = ctx.ids.token()
  const now = ctx.clock.now()
  const session = await asPlatform(ctx.db, (scope) =>
    exchangeLink(scope, {
      linkHash: sha256Hex(token),
      cookieHash: sha256Hex(cookie),
      now,
      cookieExpiresAt: new Date(now.getTime() + cookieLifetimeMs),
    }),
  )
  if (!session) {
    throw new BillhookError('portal_link_invalid', 'This link was used already or has expired. Ask for a new one.', {
      status: 410,
    })
  }
  return { cookie, session }
}
