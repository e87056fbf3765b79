import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { BillhookError, notFound } from '../../primitives/index.ts'
import { resolveOrganization } from '../organizations/index.ts'
import { selectProviders } from './objects-store.ts'
import type { ReconcileRow, ReconcileRun } from './reconcile-run.ts'
import { releaseRun, takeStep } from './run-step.ts'
import { findRun } from './runs-store.ts'
import { openRun, type StartReconcileInput } from './start-reconcile.ts'
import { viewRuns } from './view-run.ts'

export interface ReconcileProgressNote {
  kind: string
  done: number
  total: null
}

export interface ReconcileInput extends Omit<StartReconcileInput, 'actor'> {
  actor?: string | undefined
  /** Objects a page; the provider's most when left out. */
  pageSize?: number | undefined
  /** Stops it after the page at hand; the same call, or the next scheduled one, goes on. */
  signal?: AbortSignal | undefined
  /** Called after every page. */
  onProgress?: ((progress: ReconcileProgressNote) => void) | undefined
  /** Waits while another process has the run; left out, that is an error. */
  wait?: (() => Promise<void>) | undefined
}

/**
 * Compares everything a provider has with what is kept here, the ended too, and makes ours what it says; a dry run only tells. It goes on
 * with a run that was stopped or killed. Errors: `reconcile_in_progress` (409), the provider's own, after which the same call goes on.
 */
export async function reconcile(ctx: Context, input: ReconcileInput = {}): Promise<ReconcileRun> {
  const { id } = await openRun(ctx, { actor: 'library', ...input })
  let run: ReconcileRow | null = null
  while (!input.signal?.aborted && !run?.finishedAt) {
    const next = await takeStep(ctx, { runId: id, pageSize: input.pageSize, held: run?.dueAt ?? null })
    if (next) input.onProgress?.(noteOf(next))
    else if (await isFinished(ctx, id)) break
    else if (input.wait) await input.wait()
    else throw inProgress(id)
    run = next
  }
  if (run && !run.finishedAt) await releaseRun(ctx, run)
  return getRun(ctx, id)
}

const inProgress = (id: string) =>
  new BillhookError('reconcile_in_progress', `Run ${id} is another process's at present; it ends by itself.`, {
    status: 409,
  })

function noteOf({ phase, counts }: ReconcileRow): ReconcileProgressNote {
  const kind = phase.replace('unseen_', '')
  return { kind, done: counts[kind] ?? 0, total: null }
}

async function isFinished(ctx: Context, id: string): Promise<boolean> {
  const row = await asPlatform(ctx.db, (scope) => findRun(scope, id))
  return row === null || row.finishedAt !== null
}

async function getRun(ctx: Context, id: string): Promise<ReconcileRun> {
  const [run] = await asPlatform(ctx.db, async (scope) => {
    const row = await findRun(scope, id)
    return row ? viewRuns(scope, [row]) : []
  })
  if (!run) throw notFound('reconcile_run_not_found', 'There is no such run.')
  return run
}

/**
 * Begins a run and works on it for as long as a caller may be kept waiting; the background goes on with what is left. Errors: those of
 * `openRun`. What goes wrong at the provider stands in the run.
 */
export async function requestReconcile(ctx: Context, input: StartReconcileInput): Promise<ReconcileRun> {
  const { id } = await openRun(ctx, input)
  const until = ctx.clock.now().getTime() + patienceMs
  let step: ReconcileRow | null = null
  try {
    do step = await takeStep(ctx, { runId: id, held: step?.dueAt ?? null })
    while (step && !step.finishedAt && ctx.clock.now().getTime() < until)
    if (step && !step.finishedAt) await releaseRun(ctx, step)
  } catch (error) {
    // It stands in the run, which the background tries again.
    if (!(error instanceof BillhookError)) throw error
  }
  const run = await getRun(ctx, id)
  if (run.finishedAt === null) ctx.wake('reconcile')
  return run
}

const patienceMs = 5_000

/** Compares one organization with every provider that it is a customer of. Errors: `organization_not_found` (404). */
export async function resyncOrganization(
  ctx: Context,
  input: { organizationId: string; dryRun?: boolean | undefined; actor: string },
): Promise<ReconcileRun[]> {
  const organization = await resolveOrganization(ctx, input.organizationId)
  if (!organization) throw notFound('organization_not_found', 'There is no such organization.')
  const known = await inOrganization(ctx.db, organization.id, selectProviders)
  const runs: ReconcileRun[] = []
  for (const provider of known.filter((name) => ctx.providers.names.includes(name)))
    runs.push(await requestReconcile(ctx, { ...input, organizationId: organization.id, provider }))
  return runs
}
