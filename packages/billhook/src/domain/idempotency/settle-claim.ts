import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { sealAnswer } from './seal-answer.ts'
import { deleteById, deleteExpired, markDone } from './store.ts'

const answerLifetimeMs = 24 * 60 * 60_000

export interface StoreAnswerInput {
  claimId: string
  /** The client's key, without which the answer cannot be read again. */
  key: string
  status: number
  body: string
}

/** Keeps the answer for 24 hours. */
export function storeAnswer(ctx: Context, { claimId, key, status, body }: StoreAnswerInput): Promise<void> {
  const expiresAt = new Date(ctx.clock.now().getTime() + answerLifetimeMs)
  return asPlatform(ctx.db, (scope) =>
    markDone(scope, claimId, { responseStatus: status, responseBody: sealAnswer(claimId, key, body), expiresAt }),
  )
}

/** Nothing final was answered: the next request under the key runs again. */
export function dropClaim(ctx: Context, claimId: string): Promise<void> {
  return asPlatform(ctx.db, (scope) => deleteById(scope, claimId))
}

/** For a job: forgets what is older than its time. */
export function deleteExpiredIdempotencyKeys(ctx: Context): Promise<number> {
  return asPlatform(ctx.db, (scope) => deleteExpired(scope, ctx.clock.now()))
}
