import { and, eq, gt, isNull } from 'drizzle-orm'
import type { PlatformScope } from '../../db/index.ts'
import { portalSessions } from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { isRole, type PortalSession } from './portal-session.ts'

function toPortalSession(row: typeof portalSessions.$inferSelect): PortalSession {
  if (!isRole(row.role)) throw new InvariantError(`portal session ${row.id} has role ${row.role}`)
  return {
    id: row.id,
    organizationId: row.organizationId,
    role: row.role,
    returnUrl: row.returnUrl,
    expiresAt: row.cookieExpiresAt ?? row.linkExpiresAt,
  }
}

export async function insertPortalSession(
  scope: PlatformScope,
  { expiresAt, ...session }: PortalSession,
  { linkHash, createdAt }: { linkHash: string; createdAt: Date },
): Promise<void> {
  await scope.tx.insert(portalSessions).values({ ...session, linkHash, linkExpiresAt: expiresAt, createdAt })
}

/** One statement, so that of two uses at the same time one finds nothing. */
export async function exchangeLink(
  scope: PlatformScope,
  {
    linkHash,
    cookieHash,
    now,
    cookieExpiresAt,
  }: { linkHash: string; cookieHash: string; now: Date; cookieExpiresAt: Date },
): Promise<PortalSession | null> {
  const [row] = await scope.tx
    .update(portalSessions)
    .set({ linkUsedAt: now, cookieHash, cookieExpiresAt })
    .where(
      and(
        eq(portalSessions.linkHash, linkHash),
        isNull(portalSessions.linkUsedAt),
        gt(portalSessions.linkExpiresAt, now),
      ),
    )
    .returning()
  return row ? toPortalSession(row) : null
}

export async function findByCookieHash(
  scope: PlatformScope,
  cookieHash: string,
  now: Date,
): Promise<PortalSession | null> {
  const [row] = await scope.tx
    .select()
    .from(portalSessions)
    .where(and(eq(portalSessions.cookieHash, cookieHash), gt(portalSessions.cookieExpiresAt, now)))
  return row ? toPortalSession(row) : null
}

export async function endCookie(scope: PlatformScope, cookieHash: string, now: Date): Promise<void> {
  await scope.tx
    .update(portalSessions)
    .set({ cookieExpiresAt: now })
    .where(and(eq(portalSessions.cookieHash, cookieHash), gt(portalSessions.cookieExpiresAt, now)))
}
