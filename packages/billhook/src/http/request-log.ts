import { randomUUID } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { Context } from '../context.ts'
import type { Env } from './env.ts'
import { isRefusedStranger, StrangersLog } from './strangers.ts'

/** A caller's own id is kept where it is safe to log. */
const requestIdOf = (given: string | undefined): string =>
  given !== undefined && /^[A-Za-z0-9_.:-]{1,128}$/.test(given) ? given : randomUUID()

/** One line per request, of refused strangers only some: never its query, headers or body. Probes are logged at debug level. */
export function makeRequestLog(ctx: Context) {
  const strangers = new StrangersLog(ctx)
  return createMiddleware<Env>(async (c, next) => {
    const began = performance.now()
    const requestId = requestIdOf(c.req.header('x-request-id'))
    c.set('requestId', requestId)
    await next()
    c.header('x-request-id', requestId)
    if (isRefusedStranger(c) && !strangers.isListed()) return
    const facts = {
      request_id: requestId,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round((performance.now() - began) * 10) / 10,
      actor: c.get('credential')?.actor,
      organization_id: c.get('organizationId') ?? undefined,
      operation_id: c.get('operationId'),
    }
    const level = c.req.path === '/healthz' || c.req.path === '/readyz' ? 'debug' : 'info'
    ctx.logger[level](facts, 'request')
  })
}
