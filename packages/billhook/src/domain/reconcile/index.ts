export {
  getReconcileRun,
  listReconcileRuns,
  type ReconcileRunWithDifferences,
} from './list-runs.ts'
export {
  type ReconcileInput,
  type ReconcileProgressNote,
  reconcile,
  requestReconcile,
  resyncOrganization,
} from './reconcile.ts'
export type { ReconcileDifference, ReconcileRun } from './reconcile-run.ts'
export { purgeReconcileRuns, reconcileDue } from './schedule-runs.ts'
