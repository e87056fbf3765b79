import { matchPath } from '../emulator/match-path.ts'
import {
  invalidQuery,
  invalidRequest,
  noRoute,
  PaypalApiError,
  unprocessable,
  unsupportedMediaType,
} from './api-error.ts'
import { disputeRoutes } from './disputes.ts'
import type { EmulatorContext } from './emulator-context.ts'
import { eventRoutes } from './event-routes.ts'
import { type Credentials, checkToken, issueToken, tokenPath } from './oauth.ts'
import { planRoutes } from './plans.ts'
import { productRoutes } from './products.ts'
import type { ApiCall, ApiResult, Route } from './route.ts'
import { saleRoutes } from './sale-routes.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { webhookRoutes } from './webhooks.ts'

export const apiRoutes: readonly Route[] = [
  ...productRoutes,
  ...planRoutes,
  ...subscriptionRoutes,
  ...saleRoutes,
  ...disputeRoutes,
  ...webhookRoutes,
  ...eventRoutes,
]

export interface ApiRequest {
  method: string
  path: string
  query: URLSearchParams
  raw: string
  contentType: string | undefined
  authorization: string | undefined
  /** The `PayPal-Request-Id` header. */
  requestId: string | null
  prefer: string | undefined
}

export interface StoredAnswer {
  raw: string
  keptUntil: number
  body: Record<string, unknown> | undefined
}

export interface ApiDoor {
  readonly credentials: Credentials
  /** By path and request id. */
  readonly stored: Map<string, StoredAnswer>
  readonly context: EmulatorContext
}

/** One request, whole: token, route, query, body, request id, work. Never throws for what PayPal would answer. */
export function answerRequest(door: ApiDoor, request: ApiRequest): ApiResult {
  try {
    if (request.path === tokenPath)
      return issueToken(door.context, door.credentials, request.authorization, request.raw)
    checkToken(door.context, request.authorization)
    return perform(door, request)
  } catch (refused) {
    if (!(refused instanceof PaypalApiError)) throw refused
    return { status: refused.status, body: refused.body(door.context.ids.debugId()) }
  }
}

function perform(door: ApiDoor, request: ApiRequest): ApiResult {
  const { route, ids } = findRoute(request)
  for (const name of request.query.keys()) {
    if (!route.query?.includes(name)) throw invalidQuery(name, 'INVALID_PARAMETER_VALUE', request.query.get(name) ?? '')
  }
  const call: ApiCall = {
    ids,
    query: request.query,
    body: parseBody(request),
    raw: request.raw,
    wantsRepresentation: request.prefer?.includes('return=representation') ?? false,
  }
  if (route.requestIdHours === undefined || request.requestId === null) return route.answer(door.context, call)
  return answerOnce(door, request, route.requestIdHours, () => route.answer(door.context, call))
}

/** Asked again under the same request id, it is the first answer, with 200 instead of 201. */
function answerOnce(door: ApiDoor, request: ApiRequest, hours: number, answer: () => ApiResult): ApiResult {
  const now = door.context.clock.seconds()
  const key = `${request.path} ${request.requestId}`
  const stored = door.stored.get(key)
  if (stored && stored.keptUntil > now) {
    if (stored.raw !== request.raw) throw unprocessable('DUPLICATE_REQUEST_ID', 'The id was used for another request.')
    return { status: 200, ...(stored.body && { body: stored.body }) }
  }
  const result = answer()
  door.stored.set(key, { raw: request.raw, keptUntil: now + hours * 3600, body: structuredClone(result.body) })
  return result
}

function findRoute({ method, path }: ApiRequest): { route: Route; ids: Record<string, string> } {
  for (const route of apiRoutes) {
    const ids = route.method === method ? matchPath(route.path, path) : null
    if (ids) return { route, ids }
  }
  throw noRoute()
}

function parseBody({ method, raw, contentType }: ApiRequest): unknown {
  if (method === 'GET' || raw === '') return undefined
  if (!contentType?.startsWith('application/json')) throw unsupportedMediaType()
  try {
    return JSON.parse(raw)
  } catch {
    throw invalidRequest([{ issue: 'MALFORMED_REQUEST_JSON', location: 'body' }])
  }
}
