import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { grants } from '../../db/schema/index.ts'
import type { Grant } from './grant.ts'

const toGrant = ({ value, ...row }: typeof grants.$inferSelect): Grant => ({ ...row, value: value.value })

export async function insertGrant(scope: OrganizationScope, { value, ...grant }: Grant): Promise<void> {
  // In an object, because null means unlimited and not that nothing was said.
  await scope.tx.insert(grants).values({ ...grant, value: { value } })
}

/** Newest first, ended ones too. */
export async function selectGrants(scope: OrganizationScope, before: string | null, limit: number): Promise<Grant[]> {
  const rows = await scope.tx
    .select()
    .from(grants)
    .where(and(eq(grants.organizationId, scope.organizationId), before === null ? undefined : lt(grants.id, before)))
    .orderBy(desc(grants.id))
    .limit(limit)
  return rows.map(toGrant)
}

/** Null: there is none, or it was revoked already. */
export async function markGrantRevoked(scope: OrganizationScope, id: string, at: Date): Promise<Grant | null> {
  const [row] = await scope.tx
    .update(grants)
    .set({ revokedAt: at })
    .where(and(eq(grants.organizationId, scope.organizationId), eq(grants.id, id), isNull(grants.revokedAt)))
    .returning()
  return row ? toGrant(row) : null
}
