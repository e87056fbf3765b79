import type { Context } from '../../context.ts'
import { deleteOver, dropPartitions } from './retention-store.ts'

const dayMs = 86_400_000
/** Long enough that no clock can still take a window or a reservation for open. */
const keptDays = 70

/** For a job: drops the months of events that are older than `usageRetentionDays`, and counters and reservations that are long over. Answers how many. */
export async function forgetUsage(ctx: Context): Promise<number> {
  const daysAgo = (days: number): Date => new Date(ctx.clock.now().getTime() - days * dayMs)
  const over = await deleteOver(ctx, daysAgo(keptDays))
  const { usageRetentionDays } = ctx.settings
  if (usageRetentionDays === null) return over
  return over + (await dropPartitions(ctx, daysAgo(Math.max(usageRetentionDays, keptDays))))
}
