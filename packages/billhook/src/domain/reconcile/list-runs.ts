import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import { type DifferenceFilter, selectDifferences } from './differences-store.ts'
import type { ReconcileDifference, ReconcileRun } from './reconcile-run.ts'
import { findRun, type RunFilter, selectRuns } from './runs-store.ts'
import { viewDifference, viewRuns } from './view-run.ts'

/** Newest first; one that waits for its time is among them. */
export async function listReconcileRuns(ctx: Context, input: RunFilter & PageInput): Promise<Paged<ReconcileRun>> {
  const before = decodeCursor(input)
  const runs = await asPlatform(ctx.db, async (scope) =>
    viewRuns(scope, await selectRuns(scope, input, before, pageLimit(input) + 1)),
  )
  return pageOf(
    runs,
    input,
    (run) => run,
    (run) => run.id,
  )
}

export interface ReconcileRunWithDifferences extends ReconcileRun {
  differences: Paged<ReconcileDifference>
}

/** A run with a page of what it found, in the order in which it found it. Error: `reconcile_run_not_found` (404). */
export async function getReconcileRun(
  ctx: Context,
  { runId, ...input }: { runId: string } & DifferenceFilter & PageInput,
): Promise<ReconcileRunWithDifferences> {
  const after = decodeCursor(input)
  const found = await asPlatform(ctx.db, async (scope) => {
    const row = await findRun(scope, runId)
    const [run] = row ? await viewRuns(scope, [row]) : []
    return run && { run, rows: await selectDifferences(scope, { runId, ...input }, after, pageLimit(input) + 1) }
  })
  if (!found) throw notFound('reconcile_run_not_found', 'There is no such run.')
  return { ...found.run, differences: pageOf(found.rows, input, viewDifference, (row) => row.id) }
}
