import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Context } from '../../context.ts'
import type { Drizzle } from '../../db/database.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { operations } from '../../db/schema/index.ts'

export type OperationRow = typeof operations.$inferSelect

/** An organization's operation lives in its scope, the catalog's in the platform's. */
export const inScopeOf = <T>(
  ctx: Context,
  organizationId: string | null,
  work: (tx: Drizzle) => Promise<T>,
): Promise<T> =>
  organizationId === null
    ? asPlatform(ctx.db, ({ tx }) => work(tx))
    : inOrganization(ctx.db, organizationId, ({ tx }) => work(tx))

/** False when the business key was used before. */
export async function insertOperation(tx: Drizzle, row: typeof operations.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(operations)
    .values(row)
    .onConflictDoNothing({ target: operations.businessKey })
    .returning({ id: operations.id })
  return inserted.length === 1
}

/** Makes room for another try under the key of one that failed; the failed one stays, under a key of its own. */
export async function setFailedAside(tx: Drizzle, businessKey: string): Promise<void> {
  await tx
    .update(operations)
    .set({ businessKey: sql`${operations.businessKey} || '#' || ${operations.id}` })
    .where(and(eq(operations.businessKey, businessKey), eq(operations.status, 'failed')))
}

export async function findOperation(
  tx: Drizzle,
  by: { id: string } | { businessKey: string },
): Promise<OperationRow | null> {
  const [row] = await tx
    .select()
    .from(operations)
    .where('id' in by ? eq(operations.id, by.id) : eq(operations.businessKey, by.businessKey))
  return row ?? null
}

/** Whether it was still open: whoever concludes it first, concludes it alone. */
export async function concludeOperation(
  tx: Drizzle,
  id: string,
  values: Pick<OperationRow, 'status' | 'updatedAt'> & Partial<OperationRow>,
): Promise<boolean> {
  const concluded = await tx
    .update(operations)
    .set(values)
    .where(and(eq(operations.id, id), inArray(operations.status, ['pending', 'unknown'])))
    .returning({ id: operations.id })
  return concluded.length === 1
}

export async function storeAnswer(tx: Drizzle, id: string, answer: unknown): Promise<void> {
  await tx
    .update(operations)
    .set({ result: answer ?? null })
    .where(eq(operations.id, id))
}

/** Takes those that are due, with a lease: a process that dies here is simply late. */
export function claimDueOperations(ctx: Context, limit: number, leaseMs: number): Promise<OperationRow[]> {
  const now = ctx.clock.now()
  return asPlatform(ctx.db, async ({ tx }) => {
    const due = await tx
      .select({ id: operations.id })
      .from(operations)
      .where(and(inArray(operations.status, ['pending', 'unknown']), lte(operations.dueAt, now)))
      .orderBy(asc(operations.dueAt))
      .limit(limit)
      .for('update', { skipLocked: true })
    if (due.length === 0) return []
    return tx
      .update(operations)
      .set({ attempts: sql`${operations.attempts} + 1`, dueAt: new Date(now.getTime() + leaseMs) })
      .where(
        inArray(
          operations.id,
          due.map((row) => row.id),
        ),
      )
      .returning()
  })
}
