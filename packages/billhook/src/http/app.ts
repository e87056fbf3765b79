import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import type { Context } from '../context.ts'
import { BillhookError, errorMessage, invalid, notFound } from '../primitives/index.ts'
import { makeAccess } from './access.ts'
import type { App, Env, RegisterRoutes } from './env.ts'
import { makeIdempotent } from './idempotent.ts'
import { isPageWanted, messagePage } from './message-page.ts'
import { normalizePath } from './normalize-path.ts'
import type { HttpOptions } from './options.ts'
import { problemResponse, toBillhookError } from './problem.ts'
import { readBody } from './read-body.ts'
import { makeRequestLog } from './request-log.ts'
import { makeStrangersPace } from './strangers.ts'

/** The application over the given files of routes, which are asked in their order. */
export function makeApp(ctx: Context, options: HttpOptions, routes: readonly RegisterRoutes[]): App {
  const app = new OpenAPIHono<Env>({
    getPath: (request) => normalizePath(new URL(request.url).pathname),
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues)
    },
  })
  app.use(makeStrangersPace(), makeRequestLog(ctx), securityHeaders, wholeBody, jsonOnly)
  app.onError((error, c) => {
    const requestId = c.get('requestId')
    const known = toBillhookError(error)
    if (known.status >= 500) logFailure(ctx, requestId, known)
    return problemResponse(known, requestId)
  })
  app.notFound((c) => {
    const error = notFound('not_found', 'There is nothing at this address.')
    return isPageWanted(c) ? messagePage('Not found', error) : problemResponse(error, c.get('requestId'))
  })
  const tools = { ctx, options, access: makeAccess(ctx, options), idempotent: makeIdempotent(ctx) }
  for (const register of routes) register(app, tools)
  return app
}

const securityHeaders = createMiddleware<Env>(async (c, next) => {
  await next()
  c.header('x-content-type-options', 'nosniff')
  if (c.req.path.startsWith('/api/')) c.header('cache-control', 'no-store')
})

const unsafeMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Reads what came, once and within the limit: the raw bytes serve signatures and idempotency, and everybody who reads the body later. */
const wholeBody = createMiddleware<Env>(async (c, next) => {
  const body = unsafeMethods.has(c.req.method) ? (c.env?.body ?? c.req.raw.body) : null
  const bytes = body ? await readBody(body) : new Uint8Array()
  c.set('rawBody', bytes)
  // What the framework would keep there itself, had it read the body: a promise, whatever its type says.
  Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(bytes.buffer) })
  await next()
})

const jsonOnly = createMiddleware<Env>(async (c, next) => {
  const isOurs = c.req.path.startsWith('/api/') && !c.req.path.startsWith('/api/v1/billing/webhooks/')
  const contentType = c.req.header('content-type') ?? ''
  if (isOurs && c.get('rawBody').byteLength > 0 && !/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(contentType)) {
    throw new BillhookError('unsupported_media_type', 'Send the body as application/json.', { status: 415 })
  }
  // Decoded loosely, a name in another encoding would be kept with question marks in it.
  if (isOurs) Object.assign(c.req.bodyCache, { text: Promise.resolve(decodeUtf8(c.get('rawBody'))) })
  await next()
})

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BillhookError('invalid_json', 'The body is not valid JSON: it is not UTF-8.', { status: 400, cause })
  }
}

function invalidRequest(issues: ReadonlyArray<{ path: PropertyKey[]; message: string }>): BillhookError {
  const errors = issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  const [first] = errors
  const detail = first ? `${first.path === '' ? 'The request' : first.path}: ${first.message}` : 'The request is wrong.'
  return invalid('invalid_request', detail, { errors })
}

function logFailure(ctx: Context, requestId: string, error: BillhookError): void {
  const cause = error.cause instanceof Error ? error.cause : error
  const facts = { request_id: requestId, code: error.code, error: errorMessage(cause) }
  // Where it happened helps with what nobody expected; a database that is gone is gone everywhere.
  if (error.status === 500) ctx.logger.error({ ...facts, stack: framesOf(cause) }, 'request failed')
  else ctx.logger.warn(facts, 'request failed')
}

/** Without the message above them, which may carry what a customer wrote. */
const framesOf = ({ stack = '' }: Error): string => stack.slice(Math.max(0, stack.search(/^ {4}at /m)))
