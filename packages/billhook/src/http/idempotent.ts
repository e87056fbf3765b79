import { createHash } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { Context } from '../context.ts'
import { claimIdempotencyKey, dropClaim, storeAnswer } from '../domain/idempotency/index.ts'
import { invalid } from '../primitives/index.ts'
import type { Env } from './env.ts'

/**
 * Makes a POST repeatable under its Idempotency-Key. Runs after the access rule: the key belongs to (credential, organization, method, path).
 * Kept are answers that are final: neither 5xx nor 202, which says that the outcome is still unknown.
 */
export function makeIdempotent(ctx: Context) {
  return createMiddleware<Env>(async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (key === undefined) return next()
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalid(
        'invalid_idempotency_key',
        'An Idempotency-Key is 1 to 255 visible ASCII characters without spaces.',
      )
    }
    const claim = await claimIdempotencyKey(ctx, {
      credential: c.get('credential').actor,
      organizationId: c.get('organizationId') ?? '',
      method: c.req.method,
      path: c.req.path,
      key,
      requestHash: createHash('sha256').update(c.get('rawBody')).digest('hex'),
    })
    if (claim.kind === 'repeat') return repeated(claim)
    c.set('businessKey', claim.businessKey)
    await next()
    const { status } = c.res
    if (status >= 500 || status === 202) await dropClaim(ctx, claim.claimId)
    else await storeAnswer(ctx, { claimId: claim.claimId, key, status, body: await c.res.clone().text() })
  })
}

function repeated({ status, body }: { status: number; body: string }): Response {
  const contentType = status >= 400 ? 'application/problem+json' : 'application/json'
  return new Response(body === '' ? null : body, {
    status,
    headers: { 'content-type': contentType, 'idempotent-replayed': 'true' },
  })
}
