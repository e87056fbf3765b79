import { and, eq, lte } from 'drizzle-orm'
import type { PlatformScope } from '../../db/index.ts'
import { idempotencyKeys } from '../../db/schema/index.ts'

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect
export type IdempotencyScope = Pick<IdempotencyRow, 'credential' | 'organizationId' | 'method' | 'path' | 'key'>

const sameKey = (scope: IdempotencyScope) =>
  and(
    eq(idempotencyKeys.credential, scope.credential),
    eq(idempotencyKeys.organizationId, scope.organizationId),
    eq(idempotencyKeys.method, scope.method),
    eq(idempotencyKeys.path, scope.path),
    eq(idempotencyKeys.key, scope.key),
  )

/** Whether this request is the first under its key. */
export async function insertRunning(scope: PlatformScope, row: IdempotencyRow): Promise<boolean> {
  const written = await scope.tx
    .insert(idempotencyKeys)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: idempotencyKeys.id })
  return written.length === 1
}

export async function findSameKey(scope: PlatformScope, key: IdempotencyScope): Promise<IdempotencyRow | null> {
  const [row] = await scope.tx.select().from(idempotencyKeys).where(sameKey(key))
  return row ?? null
}

/** Answers how many there were. */
export async function deleteExpired(scope: PlatformScope, now: Date, key?: IdempotencyScope): Promise<number> {
  const deleted = await scope.tx
    .delete(idempotencyKeys)
    .where(and(key && sameKey(key), lte(idempotencyKeys.expiresAt, now)))
    .returning({ id: idempotencyKeys.id })
  return deleted.length
}

export async function deleteById(scope: PlatformScope, id: string): Promise<void> {
  await scope.tx.delete(idempotencyKeys).where(eq(idempotencyKeys.id, id))
}

export async function markDone(
  scope: PlatformScope,
  id: string,
  done: { responseStatus: number; responseBody: string; expiresAt: Date },
): Promise<void> {
  await scope.tx
    .update(idempotencyKeys)
    .set({ ...done, status: 'done' })
    .where(eq(idempotencyKeys.id, id))
}
