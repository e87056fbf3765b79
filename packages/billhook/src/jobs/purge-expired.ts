import type { Context } from '../context.ts'
import { deleteExpiredIdempotencyKeys } from '../domain/idempotency/index.ts'
import { purgeReconcileRuns } from '../domain/reconcile/index.ts'
import { purgeExpiredPreviews } from '../domain/subscriptions/index.ts'
import { forgetUsage } from '../domain/usage/index.ts'
import { purgeDeliveryAttempts } from '../outbox/webhook-deliveries.ts'
import { prunePayloads } from '../webhooks/prune-payloads.ts'
import type { Job } from './job.ts'

/** Everything that is kept for a while only. */
const purges: ReadonlyArray<(ctx: Context) => Promise<number>> = [
  deleteExpiredIdempotencyKeys,
  purgeExpiredPreviews,
  purgeReconcileRuns,
  purgeDeliveryAttempts,
  prunePayloads,
  forgetUsage,
]

export const purgeExpired: Job = {
  name: 'purge-expired',
  everyMs: 600_000,
  run: async (ctx) => {
    let purged = 0
    for (const purge of purges) purged += await purge(ctx)
    return purged
  },
}
