import type { PlatformScope } from '../../db/index.ts'
import { countDifferences, differenceKinds, differenceResolutions, type FoundRow } from './differences-store.ts'
import {
  type DifferenceRow,
  type FoundDifferences,
  noCounts,
  type ReconcileDifference,
  type ReconcileRow,
  type ReconcileRun,
} from './reconcile-run.ts'

/** Runs as they are shown: what they found is counted from what they wrote down, so that no crash makes it wrong. */
export async function viewRuns(scope: PlatformScope, rows: readonly ReconcileRow[]): Promise<ReconcileRun[]> {
  const found = await countDifferences(
    scope,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => viewRun(row, found))
}

function viewRun(row: ReconcileRow, found: readonly FoundRow[]): ReconcileRun {
  const { errorCode, errorDetail, updatedAt, cursor, failures, counts, ...shown } = row
  return {
    ...shown,
    counts: { ...noCounts, ...counts },
    found: sumOf(found.filter(({ runId }) => runId === row.id)),
    error: errorCode === null ? null : { code: errorCode, detail: errorDetail ?? '' },
  }
}

const zeros = <Key extends string>(keys: readonly Key[]): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>

function sumOf(rows: readonly FoundRow[]): FoundDifferences {
  const sum: FoundDifferences = {
    total: 0,
    resolutions: zeros(differenceResolutions),
    severities: zeros(['info', 'warning', 'critical']),
    kinds: zeros(differenceKinds),
  }
  for (const { kind, severity, resolution, found } of rows) {
    sum.total += found
    sum.kinds[kind] += found
    sum.severities[severity] += found
    sum.resolutions[resolution] += found
  }
  return sum
}

export const viewDifference = ({ runId, field, ours, theirs, ...shown }: DifferenceRow): ReconcileDifference => ({
  ...shown,
  field: field === '' ? null : field,
  ours: JSON.parse(ours),
  theirs: JSON.parse(theirs),
})
