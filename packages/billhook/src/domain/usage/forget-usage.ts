import type { Context } from '../../context.ts'
import { deleteCounters, dropPartitions } from './partition-store.ts'

const dayMs = 86_400_000
/** Long enough that no clock can still take a window for open. */
const countersKeptDays = 70

/** For a job: drops the months of events that are older than `usageRetentionDays`, and counters of windows that are long over. Answers how many. */
export async function forgetUsage(ctx: Context): Promise<number> {
  const daysAgo = (days: number): Date => new Date(ctx.clock.now().getTime() - days * dayMs)
  const counters = await deleteCounters(ctx, daysAgo(countersKeptDays))
  const { usageRetentionDays } = ctx.settings
  if (usageRetentionDays === null) return counters
  return counters + (await dropPartitions(ctx, daysAgo(Math.max(usageRetentionDays, countersKeptDays))))
}
