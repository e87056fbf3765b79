import { billingNow, type Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { deleteExpiredPreviews } from './preview-store.ts'

/** Long enough that whoever repeats a commit, or asks why it was refused, still finds what was shown. */
const keptAfterExpiryMs = 24 * 3_600_000

/** For a job: forgets previews that nobody can commit any more. Answers how many there were. */
export async function purgeExpiredPreviews(ctx: Context): Promise<number> {
  // Previews expire by the clock of who bills, which may be behind: the slowest one decides for all.
  const clocks = await Promise.all(ctx.providers.names.map((name) => billingNow(ctx, name)))
  const slowestMs = Math.min(ctx.clock.now().getTime(), ...clocks.map((now) => now.getTime()))
  const before = new Date(slowestMs - keptAfterExpiryMs)
  return asPlatform(ctx.db, (scope) => deleteExpiredPreviews(scope, before))
}
