import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import { deletePayloads } from './admin-store.ts'

const prunedAtOnce = 1_000

/**
 * For a job: forgets what events said that were processed or ignored `webhookPayloadDays` ago. Their rows stay, so that a late duplicate is
 * still known; what waits, failed or is dead keeps its payload however old it is. Answers how many there were, a batch at most.
 */
export async function prunePayloads(ctx: Context): Promise<number> {
  const { webhookPayloadDays } = ctx.settings
  if (webhookPayloadDays === null) return 0
  const now = ctx.clock.now()
  const doneBefore = new Date(now.getTime() - webhookPayloadDays * 86_400_000)
  return asPlatform(ctx.db, (scope) => deletePayloads(scope, { doneBefore, now, limit: prunedAtOnce }))
}
