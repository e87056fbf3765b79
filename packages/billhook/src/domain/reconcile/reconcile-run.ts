import type {
  differenceKinds,
  differenceResolutions,
  reconcileDifferences,
  reconcilePhases,
  reconcileRuns,
  reconcileStatuses,
} from '../../db/schema/reconcile.ts'

export type ReconcileRow = typeof reconcileRuns.$inferSelect
export type DifferenceRow = typeof reconcileDifferences.$inferSelect
export type ReconcileStatus = (typeof reconcileStatuses)[number]
export type ReconcilePhase = (typeof reconcilePhases)[number]
export type ObjectKind = DifferenceRow['object']
export type Severity = DifferenceRow['severity']
export type DifferenceKind = (typeof differenceKinds)[number]
export type DifferenceResolution = (typeof differenceResolutions)[number]

/** How much there was to compare, and how much of it is nobody's here. */
export interface ReconcileCounts {
  subscriptions: number
  invoices: number
  refunds: number
  disputes: number
  /** Nobody's that we know; the first thousand subscriptions among them are named one by one. */
  orphanSubscriptions: number
  liveOrphanSubscriptions: number
  orphanInvoices: number
  orphanRefunds: number
  orphanDisputes: number
  /** Live here, and the provider does not know them. */
  liveUnknown: number
}

/** How many differences a run has found, by what became of them, by severity and by kind. */
export interface FoundDifferences {
  total: number
  resolutions: Record<DifferenceResolution, number>
  severities: Record<Severity, number>
  kinds: Record<DifferenceKind, number>
}

/** One comparison of what a provider has with ours. */
export interface ReconcileRun {
  id: string
  provider: string
  /** Null: the whole account. */
  organizationId: string | null
  dryRun: boolean
  actor: string
  status: ReconcileStatus
  phase: ReconcilePhase
  counts: ReconcileCounts
  found: FoundDifferences
  error: { code: string; detail: string } | null
  /** When it is worked on next; while it is, until when nobody else does. */
  dueAt: Date
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

/** One thing that is not the same here and at the provider. */
export interface ReconcileDifference {
  id: string
  organizationId: string | null
  kind: DifferenceKind
  object: ObjectKind
  externalId: string
  /** Null: the whole object is meant. */
  field: string | null
  ours: unknown
  theirs: unknown
  severity: Severity
  resolution: DifferenceResolution
  /** Why it needs a person. */
  reason: string | null
  createdAt: Date
}

export const noCounts: ReconcileCounts = {
  subscriptions: 0,
  invoices: 0,
  refunds: 0,
  disputes: 0,
  orphanSubscriptions: 0,
  liveOrphanSubscriptions: 0,
  orphanInvoices: 0,
  orphanRefunds: 0,
  orphanDisputes: 0,
  liveUnknown: 0,
}
