import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { BillhookError, errorMessage } from '../../primitives/index.ts'
import { PaymentProviderError } from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { latestFacts } from './differences-store.ts'
import { reconcilePage } from './reconcile-page.ts'
import {
  noCounts,
  type ObjectKind,
  type ReconcileCounts,
  type ReconcilePhase,
  type ReconcileRow,
} from './reconcile-run.ts'
import { reconcileUnseen } from './reconcile-unseen.ts'
import { type Reconciling, reconcilingOf } from './reconciling.ts'
import { claimRun, insertSeen, updateClaimed } from './runs-store.ts'

/** Another process may take a run over when this one has been silent for so long. */
const leaseMs = 60_000
const failuresAtMost = 10
const longestRestMs = 3_600_000

export interface StepOptions {
  /** The run; the one that has waited longest when left out. */
  runId?: string | undefined
  pageSize?: number | undefined
  /** Keeps the run between steps, so that the background does not take it: until when it was kept by the step before; null at the first. */
  held?: Date | null | undefined
}

/** This process was silent for longer than its lease: whatever it does now is another's to do. */
class LostLease extends BillhookError {
  constructor() {
    super('reconcile_taken_over', 'Another process goes on with this run.', { status: 409 })
  }
}

interface Step {
  object: ObjectKind
  take: typeof reconcilePage
  next: ReconcilePhase | null
}

const steps: Record<ReconcilePhase, Step> = {
  subscriptions: { object: 'subscription', take: reconcilePage, next: 'unseen_subscriptions' },
  unseen_subscriptions: { object: 'subscription', take: reconcileUnseen, next: 'invoices' },
  invoices: { object: 'invoice', take: reconcilePage, next: 'unseen_invoices' },
  unseen_invoices: { object: 'invoice', take: reconcileUnseen, next: 'refunds' },
  refunds: { object: 'refund', take: reconcilePage, next: 'unseen_refunds' },
  unseen_refunds: { object: 'refund', take: reconcileUnseen, next: 'disputes' },
  disputes: { object: 'dispute', take: reconcilePage, next: 'unseen_disputes' },
  unseen_disputes: { object: 'dispute', take: reconcileUnseen, next: null },
}

/**
 * Takes a run that is due one page further and keeps its place, so that whoever comes next, after a crash too, goes on from there. Null: no
 * run is due, or another process has it. A failure that may pass lets the run wait; it is thrown as well.
 */
export async function takeStep(
  ctx: Context,
  { runId, pageSize, held }: StepOptions = {},
): Promise<ReconcileRow | null> {
  const now = ctx.clock.now()
  const leaseUntil = new Date(now.getTime() + leaseMs)
  const run = await asPlatform(ctx.db, (scope) =>
    claimRun(scope, { id: runId, held: held ?? undefined, now, leaseUntil }),
  )
  if (!run) return null
  const lease = leaseOf(ctx, run)
  try {
    const reconciling = reconcilingOf(ctx, run, { pageSize, touch: lease.touch })
    return await takePage(reconciling, lease, held !== undefined)
  } catch (error) {
    if (!(error instanceof LostLease)) await noteFailure(ctx, run, lease, error)
    throw error
  }
}

/** Gives a run that was held back, for whoever takes it next. */
export const releaseRun = (ctx: Context, run: ReconcileRow): Promise<boolean> =>
  asPlatform(ctx.db, (scope) => updateClaimed(scope, run, { dueAt: ctx.clock.now() }))

type Lease = ReturnType<typeof leaseOf>

function leaseOf(ctx: Context, run: ReconcileRow) {
  let { dueAt } = run
  const write = async (
    values: Partial<ReconcileRow>,
    also?: (scope: Parameters<typeof insertSeen>[0]) => Promise<void>,
  ) => {
    const isMine = await asPlatform(ctx.db, async (scope) => {
      await also?.(scope)
      const updatedAt = ctx.clock.now()
      if (!(await updateClaimed(scope, { id: run.id, dueAt }, { ...values, updatedAt }))) throw new LostLease()
    })
    return isMine
  }
  return {
    write,
    touch: async () => {
      const now = ctx.clock.now().getTime()
      if (dueAt.getTime() - now > leaseMs / 2) return
      const later = new Date(now + leaseMs)
      await write({ dueAt: later })
      dueAt = later
    },
  }
}

async function takePage(reconciling: Reconciling, lease: Lease, isHeld: boolean): Promise<ReconcileRow> {
  const { ctx, run } = reconciling
  const { object, take, next } = steps[run.phase]
  const before: ReconcileCounts = { ...noCounts, ...run.counts }
  const { nextCursor, seen, counts } = await take(reconciling, object, run.cursor, before)
  const now = ctx.clock.now()
  const place = nextCursor !== null ? { cursor: nextCursor } : { cursor: null, ...(next && { phase: next }) }
  const isDone = nextCursor === null && next === null
  const state = isDone ? ({ status: 'completed', finishedAt: now } as const) : ({ status: 'running' } as const)
  const dueAt = isHeld && !isDone ? new Date(now.getTime() + leaseMs) : now
  const values = {
    ...place,
    ...state,
    counts: { ...counts },
    failures: 0,
    errorCode: null,
    errorDetail: null,
    dueAt,
  }
  await lease.write(values, async (scope) => {
    await insertSeen(scope, { runId: run.id, object, externalIds: seen })
    if (isDone) await alertOrphans(reconciling, scope, counts)
  })
  return { ...run, ...values, updatedAt: now }
}

/** A person hears of live subscriptions of nobody's once, and again when there are more or fewer. */
async function alertOrphans(
  { ctx, run }: Reconciling,
  scope: Parameters<typeof insertSeen>[0],
  { liveOrphanSubscriptions: live }: ReconcileCounts,
): Promise<void> {
  if (live === 0 || run.dryRun || run.organizationId !== null) return
  const alert = { kind: 'orphans_at_provider', subject: run.provider }
  if ((await latestFacts(scope, alert))?.live === live) return
  await openAlert(scope, ctx, {
    ...alert,
    severity: 'warning',
    detail: `${run.provider} bills ${live} live subscriptions whose customers are none of ours.`,
    facts: { live, run_id: run.id },
  })
}

/** What may pass is tried again from the same place, ever later; what does not pass, or never does, ends the run. */
async function noteFailure(ctx: Context, run: ReconcileRow, lease: Lease, error: unknown): Promise<void> {
  const now = ctx.clock.now()
  const failures = run.failures + 1
  const isFinal = failures >= failuresAtMost || (error instanceof PaymentProviderError && !error.retryable)
  const restMs = Math.min(longestRestMs, 30_000 * 2 ** (failures - 1))
  const errorCode = error instanceof BillhookError ? error.code : 'reconcile_failed'
  const state = isFinal
    ? ({ status: 'failed', finishedAt: now, dueAt: now } as const)
    : ({ status: 'waiting', dueAt: new Date(now.getTime() + restMs) } as const)
  try {
    await lease.write({ ...state, failures, errorCode, errorDetail: errorMessage(error) })
  } catch (cause) {
    // The database is what failed: the lease runs out by itself, and the place is kept.
    ctx.logger.warn(
      { run_id: run.id, error: errorMessage(cause) },
      'the failure of a reconciliation could not be noted',
    )
  }
}
