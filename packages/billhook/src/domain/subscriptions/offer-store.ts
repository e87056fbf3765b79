import { and, asc, eq, lte } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { operations, subscriptionChanges } from '../../db/schema/index.ts'

export interface ExpiredOffer {
  id: string
  organizationId: string
  subscriptionId: string
}

/** Changes that wait for their buyer in vain, across organizations. */
export const listExpiredOffers = (
  { tx }: PlatformScope,
  { provider, at, limit }: { provider: string; at: Date; limit: number },
): Promise<ExpiredOffer[]> =>
  tx
    .select({
      id: subscriptionChanges.id,
      organizationId: subscriptionChanges.organizationId,
      subscriptionId: subscriptionChanges.subscriptionId,
    })
    .from(subscriptionChanges)
    .innerJoin(operations, eq(operations.id, subscriptionChanges.operationId))
    .where(
      and(
        eq(operations.provider, provider),
        eq(subscriptionChanges.status, 'open'),
        lte(subscriptionChanges.expiresAt, at),
      ),
    )
    .orderBy(asc(subscriptionChanges.expiresAt))
    .limit(limit)

/** Whether it was still open. The caller holds the organization's lock. */
export async function expireChange(scope: OrganizationScope, id: string, now: Date): Promise<boolean> {
  const expired = await scope.tx
    .update(subscriptionChanges)
    .set({ status: 'expired', updatedAt: now })
    .where(
      and(
        eq(subscriptionChanges.organizationId, scope.organizationId),
        eq(subscriptionChanges.id, id),
        eq(subscriptionChanges.status, 'open'),
      ),
    )
    .returning({ id: subscriptionChanges.id })
  return expired.length > 0
}
