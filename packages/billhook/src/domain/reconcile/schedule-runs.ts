import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { BillhookError, errorMessage } from '../../primitives/index.ts'
import { takeStep } from './run-step.ts'
import { deleteRunsBefore, deleteSeen, insertRun, lastStart } from './runs-store.ts'
import { newRun } from './start-reconcile.ts'

const hourMs = 3_600_000
const keptMs = 90 * 24 * hourMs
const rowsAtOnce = 10_000
const runsAtOnce = 10

/** One step of the run that has waited longest, after a look whether each provider has its next one. Answers how many steps it took. */
export async function reconcileDue(ctx: Context): Promise<number> {
  await scheduleRuns(ctx)
  try {
    return (await takeStep(ctx)) ? 1 : 0
  } catch (error) {
    if (!(error instanceof BillhookError)) throw error
    // It stands in the run, which waits for its next try; other runs go on meanwhile.
    ctx.logger.warn({ error: errorMessage(error) }, 'a reconciliation was interrupted')
    return 1
  }
}

/** Each provider's next run waits in the table for its time; the first one comes a whole interval after the first look. */
async function scheduleRuns(ctx: Context): Promise<void> {
  const { reconcileEveryHours: hours } = ctx.settings
  if (hours === null) return
  const now = ctx.clock.now()
  for (const provider of ctx.providers.names) {
    await asPlatform(ctx.db, async (scope) => {
      const last = (await lastStart(scope, provider)) ?? now
      const target = { provider, organizationId: null, dryRun: false, actor: 'system:schedule' }
      await insertRun(scope, newRun(ctx, target, new Date(last.getTime() + hours * hourMs)))
    })
  }
}

/** What finished runs needed while they ran, and runs of long ago with what they found. Answers how many rows and runs. */
export const purgeReconcileRuns = (ctx: Context): Promise<number> =>
  asPlatform(ctx.db, async (scope) => {
    const before = new Date(ctx.clock.now().getTime() - keptMs)
    return (await deleteSeen(scope, rowsAtOnce)) + (await deleteRunsBefore(scope, before, runsAtOnce))
  })
