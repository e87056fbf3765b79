import { and, eq, lte } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { bindings, changePreviews } from '../../db/schema/index.ts'

export type ChangePreviewRow = typeof changePreviews.$inferSelect

export async function insertPreview(scope: OrganizationScope, row: typeof changePreviews.$inferInsert): Promise<void> {
  await scope.tx.insert(changePreviews).values(row)
}

/** A preview, and who bills its subscription: whose clock ends it. */
export async function findPreview(
  scope: OrganizationScope,
  id: string,
): Promise<{ row: ChangePreviewRow; provider: string | null } | null> {
  const [found] = await scope.tx
    .select({ row: changePreviews, provider: bindings.provider })
    .from(changePreviews)
    .leftJoin(
      bindings,
      and(
        eq(bindings.organizationId, changePreviews.organizationId),
        eq(bindings.subscriptionId, changePreviews.subscriptionId),
        eq(bindings.role, 'billing'),
      ),
    )
    .where(and(eq(changePreviews.organizationId, scope.organizationId), eq(changePreviews.id, id)))
  return found ?? null
}

/** Answers how many there were. */
export async function deleteExpiredPreviews({ tx }: PlatformScope, before: Date): Promise<number> {
  const deleted = await tx
    .delete(changePreviews)
    .where(lte(changePreviews.expiresAt, before))
    .returning({ id: changePreviews.id })
  return deleted.length
}
