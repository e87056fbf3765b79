import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { requireWebUrl, sha256Hex } from '../../primitives/index.ts'
import type { PortalSession, Role } from './portal-session.ts'
import { insertPortalSession } from './store.ts'

const linkLifetimeMs = 60 * 60_000

/** Answers a link that works once, within 60 minutes. Errors: `invalid_url` (400). */
export async function createPortalSession(
  ctx: Context,
  { organizationId, returnUrl, role }: { organizationId: string; returnUrl: string; role: Role },
): Promise<{ id: string; url: string; expiresAt: Date }> {
  requireWebUrl('return_url', returnUrl)
  const token = ctx.ids.token()
  const now = ctx.clock.now()
  const session: PortalSession = {
    id: ctx.ids.next('portalSession'),
    organizationId,
    role,
    returnUrl,
    expiresAt: new Date(now.getTime() + linkLifetimeMs),
  }
  await asPlatform(ctx.db, (scope) =>
    insertPortalSession(scope, session, { linkHash: sha256Hex(token), createdAt: now }),
  )
  return { id: session.id, url: `${ctx.settings.baseUrl}/portal/enter?token=${token}`, expiresAt: session.expiresAt }
}
