import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm'
import { type PlatformScope, rowsOf } from '../../db/index.ts'
import { reconcileRuns, reconcileSeen } from '../../db/schema/index.ts'
import type { ObjectKind, ReconcileRow, ReconcileStatus } from './reconcile-run.ts'

const isOpen = inArray(reconcileRuns.status, ['waiting', 'running'])
const sameTarget = ({
  provider,
  organizationId,
  dryRun,
}: Pick<ReconcileRow, 'provider' | 'organizationId' | 'dryRun'>) =>
  and(
    eq(reconcileRuns.provider, provider),
    organizationId === null ? isNull(reconcileRuns.organizationId) : eq(reconcileRuns.organizationId, organizationId),
    eq(reconcileRuns.dryRun, dryRun),
  )

/** Null: one that compares the same is open already. */
export async function insertRun({ tx }: PlatformScope, row: ReconcileRow): Promise<ReconcileRow | null> {
  const [written] = await tx.insert(reconcileRuns).values(row).onConflictDoNothing().returning()
  return written ?? null
}

/** Gives the open run that compares the same to whoever asks now: it begins, or goes on, at once. Null: there is none. */
export async function hastenOpenRun(
  { tx }: PlatformScope,
  target: Pick<ReconcileRow, 'provider' | 'organizationId' | 'dryRun' | 'actor'>,
  now: Date,
): Promise<ReconcileRow | null> {
  await tx
    .update(reconcileRuns)
    .set({ dueAt: now, actor: target.actor, failures: 0, updatedAt: now })
    .where(and(sameTarget(target), eq(reconcileRuns.status, 'waiting')))
  const [row] = await tx
    .select()
    .from(reconcileRuns)
    .where(and(sameTarget(target), isOpen))
  return row ?? null
}

export async function findRun({ tx }: PlatformScope, id: string): Promise<ReconcileRow | null> {
  const [row] = await tx.select().from(reconcileRuns).where(eq(reconcileRuns.id, id))
  return row ?? null
}

export interface RunFilter {
  provider?: string | undefined
  status?: ReconcileStatus | undefined
  organizationId?: string | undefined
}

/** Newest first: ids rise with time. */
export const selectRuns = (
  { tx }: PlatformScope,
  { provider, status, organizationId }: RunFilter,
  before: string | null,
  rows: number,
): Promise<ReconcileRow[]> =>
  tx
    .select()
    .from(reconcileRuns)
    .where(
      and(
        provider === undefined ? undefined : eq(reconcileRuns.provider, provider),
        status === undefined ? undefined : eq(reconcileRuns.status, status),
        organizationId === undefined ? undefined : eq(reconcileRuns.organizationId, organizationId),
        before === null ? undefined : lt(reconcileRuns.id, before),
      ),
    )
    .orderBy(desc(reconcileRuns.id))
    .limit(rows)

/** When the whole of a provider was last compared by a run that repairs. */
export async function lastStart({ tx }: PlatformScope, provider: string): Promise<Date | null> {
  const [row] = await tx
    .select({ startedAt: reconcileRuns.startedAt })
    .from(reconcileRuns)
    .where(and(sameTarget({ provider, organizationId: null, dryRun: false }), isNotNull(reconcileRuns.startedAt)))
    .orderBy(desc(reconcileRuns.startedAt))
    .limit(1)
  return row?.startedAt ?? null
}

/**
 * Takes a run that is due, or that the caller holds until `held`, until `leaseUntil`; the oldest one where none is named. Null: there is
 * none, or another process has it.
 */
export async function claimRun(
  { tx }: PlatformScope,
  { id, held, now, leaseUntil }: { id?: string | undefined; held?: Date | undefined; now: Date; leaseUntil: Date },
): Promise<ReconcileRow | null> {
  const [due] = await tx
    .select({ id: reconcileRuns.id })
    .from(reconcileRuns)
    .where(
      and(
        isOpen,
        or(lte(reconcileRuns.dueAt, now), held && eq(reconcileRuns.dueAt, held)),
        id === undefined ? undefined : eq(reconcileRuns.id, id),
      ),
    )
    .orderBy(asc(reconcileRuns.dueAt))
    .limit(1)
    .for('update', { skipLocked: true })
  if (!due) return null
  const [row] = await tx
    .update(reconcileRuns)
    .set({
      status: 'running',
      dueAt: leaseUntil,
      startedAt: sql`coalesce(${reconcileRuns.startedAt}, ${now.toISOString()}::timestamptz)`,
      updatedAt: now,
    })
    .where(eq(reconcileRuns.id, due.id))
    .returning()
  return row ?? null
}

/** Writes to a run that this process has claimed. False: its lease ran out and another one took it over, so nothing may be written. */
export async function updateClaimed(
  { tx }: PlatformScope,
  claim: Pick<ReconcileRow, 'id' | 'dueAt'>,
  values: Partial<ReconcileRow>,
): Promise<boolean> {
  const written = await tx
    .update(reconcileRuns)
    .set(values)
    .where(
      and(eq(reconcileRuns.id, claim.id), eq(reconcileRuns.status, 'running'), eq(reconcileRuns.dueAt, claim.dueAt)),
    )
    .returning({ id: reconcileRuns.id })
  return written.length === 1
}

export async function insertSeen(
  { tx }: PlatformScope,
  { runId, object, externalIds }: { runId: string; object: ObjectKind; externalIds: readonly string[] },
): Promise<void> {
  if (externalIds.length === 0) return
  await tx
    .insert(reconcileSeen)
    .values(externalIds.map((externalId) => ({ runId, object, externalId })))
    .onConflictDoNothing()
}

/** Forgets what lists of finished runs showed, some at a time. Answers how many. */
export async function deleteSeen({ tx }: PlatformScope, rows: number): Promise<number> {
  const gone = await rowsOf<{ gone: number }>(
    tx.execute(sql`with gone as (delete from billhook.reconcile_seen where ctid = any(array(
        select s.ctid from billhook.reconcile_seen s join billhook.reconcile_runs r on r.id = s.run_id
        where r.status in ('completed', 'failed') limit ${rows})) returning 1)
      select count(*)::int as gone from gone`),
  )
  return gone[0]?.gone ?? 0
}

/** Forgets finished runs, with what they found. Answers how many. */
export async function deleteRunsBefore({ tx }: PlatformScope, before: Date, rows: number): Promise<number> {
  const old = await tx
    .select({ id: reconcileRuns.id })
    .from(reconcileRuns)
    .where(and(lt(reconcileRuns.createdAt, before), inArray(reconcileRuns.status, ['completed', 'failed'])))
    .limit(rows)
  if (old.length === 0) return 0
  await tx.delete(reconcileRuns).where(
    inArray(
      reconcileRuns.id,
      old.map(({ id }) => id),
    ),
  )
  return old.length
}
