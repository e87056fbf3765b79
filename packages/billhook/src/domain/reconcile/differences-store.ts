import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import { type OrganizationScope, type PlatformScope, rowsOf } from '../../db/index.ts'
import { alerts, reconcileDifferences } from '../../db/schema/index.ts'

export { differenceKinds, differenceResolutions } from '../../db/schema/index.ts'

import type { DifferenceKind, DifferenceResolution, DifferenceRow, Severity } from './reconcile-run.ts'

/** What a page that is done again finds again is kept once. */
export async function insertDifferences(
  { tx }: OrganizationScope | PlatformScope,
  rows: ReadonlyArray<typeof reconcileDifferences.$inferInsert>,
): Promise<void> {
  if (rows.length > 0)
    await tx
      .insert(reconcileDifferences)
      .values([...rows])
      .onConflictDoNothing()
}

export interface DifferenceFilter {
  kind?: DifferenceKind | undefined
  severity?: Severity | undefined
  resolution?: DifferenceResolution | undefined
}

/** In the order in which they were found. */
export const selectDifferences = (
  { tx }: PlatformScope,
  { runId, kind, severity, resolution }: DifferenceFilter & { runId: string },
  after: string | null,
  rows: number,
): Promise<DifferenceRow[]> =>
  tx
    .select()
    .from(reconcileDifferences)
    .where(
      and(
        eq(reconcileDifferences.runId, runId),
        kind === undefined ? undefined : eq(reconcileDifferences.kind, kind),
        severity === undefined ? undefined : eq(reconcileDifferences.severity, severity),
        resolution === undefined ? undefined : eq(reconcileDifferences.resolution, resolution),
        after === null ? undefined : gt(reconcileDifferences.id, after),
      ),
    )
    .orderBy(asc(reconcileDifferences.id))
    .limit(rows)

export interface FoundRow {
  runId: string
  kind: DifferenceKind
  severity: Severity
  resolution: DifferenceResolution
  found: number
}

export const countDifferences = async ({ tx }: PlatformScope, runIds: string[]): Promise<FoundRow[]> =>
  runIds.length === 0
    ? []
    : tx
        .select({
          runId: reconcileDifferences.runId,
          kind: reconcileDifferences.kind,
          severity: reconcileDifferences.severity,
          resolution: reconcileDifferences.resolution,
          found: sql<number>`count(*)::int`,
        })
        .from(reconcileDifferences)
        .where(inArray(reconcileDifferences.runId, runIds))
        .groupBy(
          reconcileDifferences.runId,
          reconcileDifferences.kind,
          reconcileDifferences.severity,
          reconcileDifferences.resolution,
        )

/** Whether a person was ever told of this, whatever became of it. */
export async function wasAlerted(
  { tx }: OrganizationScope | PlatformScope,
  { kinds, subject }: { kinds: string[]; subject: string },
): Promise<boolean> {
  const [row] = await tx
    .select({ id: alerts.id })
    .from(alerts)
    .where(and(inArray(alerts.kind, kinds), eq(alerts.subject, subject)))
    .limit(1)
  return row !== undefined
}

/** The facts of the latest alert of a kind about a subject. */
export async function latestFacts(
  { tx }: PlatformScope,
  { kind, subject }: { kind: string; subject: string },
): Promise<Record<string, unknown> | null> {
  const rows = await rowsOf<{ facts: Record<string, unknown> }>(
    tx.execute(
      sql`select facts from billhook.alerts where kind = ${kind} and subject = ${subject} order by id desc limit 1`,
    ),
  )
  return rows[0]?.facts ?? null
}
