import { and, asc, eq, exists, inArray, isNull, lte, not, or } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { bindings, operations } from '../../db/schema/index.ts'

type BindingRow = typeof bindings.$inferSelect

const ofBinding = (scope: OrganizationScope, bindingId: string) =>
  and(eq(bindings.organizationId, scope.organizationId), eq(bindings.id, bindingId))

/** The caller holds the organization's lock. */
export async function putHold(
  scope: OrganizationScope,
  bindingId: string,
  hold: { endsAt: Date; status: NonNullable<BindingRow['holdStatus']>; operationId: string },
): Promise<void> {
  await scope.tx
    .update(bindings)
    .set({
      holdEndsAt: hold.endsAt,
      holdStatus: hold.status,
      holdOperationId: hold.operationId,
      holdRetryAt: null,
    })
    .where(ofBinding(scope, bindingId))
}

export async function postponeHold(scope: OrganizationScope, bindingId: string, retryAt: Date): Promise<void> {
  await scope.tx.update(bindings).set({ holdRetryAt: retryAt }).where(ofBinding(scope, bindingId))
}

export interface DueHold {
  bindingId: string
  organizationId: string
  subscriptionId: string
  endsAt: Date | null
}

/** Holds whose end has come, or whose intent failed, across organizations. While something is under way, its outcome is waited for. */
export function listDueHolds(
  { tx }: PlatformScope,
  { provider, at, now, limit }: { provider: string; at: Date; now: Date; limit: number },
): Promise<DueHold[]> {
  const underWay = tx
    .select()
    .from(operations)
    .where(
      and(eq(operations.subscriptionId, bindings.subscriptionId), inArray(operations.status, ['pending', 'unknown'])),
    )
  const failed = tx
    .select()
    .from(operations)
    .where(and(eq(operations.id, bindings.holdOperationId), eq(operations.status, 'failed')))
  return tx
    .select({
      bindingId: bindings.id,
      organizationId: bindings.organizationId,
      subscriptionId: bindings.subscriptionId,
      endsAt: bindings.holdEndsAt,
    })
    .from(bindings)
    .where(
      and(
        eq(bindings.provider, provider),
        or(lte(bindings.holdEndsAt, at), exists(failed)),
        or(isNull(bindings.holdRetryAt), lte(bindings.holdRetryAt, now)),
        not(exists(underWay)),
      ),
    )
    .orderBy(asc(bindings.holdEndsAt))
    .limit(limit)
}
