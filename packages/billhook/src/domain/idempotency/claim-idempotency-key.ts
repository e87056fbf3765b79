import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { BillhookError, conflict, sha256Hex } from '../../primitives/index.ts'
import { openAnswer } from './seal-answer.ts'
import { deleteExpired, findSameKey, type IdempotencyScope, insertRunning } from './store.ts'

/** A request whose process died is given up after this. */
const runningLifetimeMs = 5 * 60_000

export interface ClaimInput extends IdempotencyScope {
  requestHash: string
}

/** `first`: do the work, then store or drop the claim. `repeat`: answer this again. */
export type Claim =
  | { kind: 'first'; claimId: string; businessKey: string }
  | { kind: 'repeat'; status: number; body: string }

/**
 * Takes a client's Idempotency-Key. Errors: `idempotency_key_reused` (422) under another body; `idempotency_key_in_use` (409) while the
 * first request still runs.
 */
export function claimIdempotencyKey(ctx: Context, { requestHash, ...asked }: ClaimInput): Promise<Claim> {
  const now = ctx.clock.now()
  const key = { ...asked, key: sha256Hex(asked.key) }
  return asPlatform(ctx.db, async (scope) => {
    await deleteExpired(scope, now, key)
    const id = ctx.ids.next('idempotencyKey')
    const isFirst = await insertRunning(scope, {
      ...key,
      id,
      requestHash,
      status: 'running',
      responseStatus: null,
      responseBody: null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + runningLifetimeMs),
    })
    if (isFirst) return { kind: 'first', claimId: id, businessKey: businessKeyOf(asked) }
    const there = await findSameKey(scope, key)
    if (there && there.requestHash !== requestHash) {
      throw new BillhookError('idempotency_key_reused', 'This Idempotency-Key was used with another body.', {
        status: 422,
      })
    }
    if (!there || there.responseStatus === null) {
      throw conflict('idempotency_key_in_use', 'The first request with this Idempotency-Key is still running.')
    }
    return {
      kind: 'repeat',
      status: there.responseStatus,
      body: openAnswer(there.id, asked.key, there.responseBody ?? ''),
    }
  })
}

/** The Operation's key: a retry after a lost answer finds the same Operation, whatever became of the stored answer. */
function businessKeyOf(key: IdempotencyScope): string {
  return `idempotency:${sha256Hex(JSON.stringify([key.credential, key.organizationId, key.method, key.path, key.key]))}`
}
