import { matchPath } from '../emulator/match-path.ts'
import { invalidRequest, StripeApiError } from './api-error.ts'
import { checkoutRoutes } from './checkout-sessions.ts'
import { couponRoutes } from './coupons.ts'
import { customerRoutes } from './customers.ts'
import { disputeRoutes } from './disputes.ts'
import { apiVersion, type EmulatorContext } from './emulator-context.ts'
import { eventRoutes } from './event-routes.ts'
import { expandAnswer } from './expand.ts'
import { type FormHash, FormReader, parseForm } from './form.ts'
import { previewRoutes } from './invoice-preview.ts'
import { invoiceRoutes } from './invoices.ts'
import { meterEventRoutes } from './meter-events.ts'
import { meterRoutes } from './meters.ts'
import { paymentMethodRoutes } from './payment-methods.ts'
import { portalRoutes } from './portal-sessions.ts'
import { priceRoutes } from './prices.ts'
import { productRoutes } from './products.ts'
import { refundRoutes } from './refunds.ts'
import { checkParameters, type Route } from './route.ts'
import { subscriptionRoutes } from './subscriptions.ts'

/** Fixed paths before those with ids, so that `create_preview` is no invoice's name. */
export const apiRoutes: readonly Route[] = [
  ...previewRoutes,
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...productRoutes,
  ...priceRoutes,
  ...checkoutRoutes,
  ...subscriptionRoutes,
  ...invoiceRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...couponRoutes,
  ...meterRoutes,
  ...meterEventRoutes,
  ...portalRoutes,
  ...eventRoutes,
]

export interface ApiRequest {
  method: string
  path: string
  /** Form-encoded parameters: the query of a GET or DELETE, the body of a POST. */
  form: string
  authorization: string | undefined
  idempotencyKey: string | null
  /** The `Stripe-Version` header; left out means the account's own version. */
  version: string | undefined
}

export interface ApiAnswer {
  status: number
  body: string
  headers: Record<string, string>
}

export interface StoredAnswer {
  fingerprint: string
  status: number
  body: string
}

export interface ApiDoor {
  readonly apiKey: string
  readonly stored: Map<string, StoredAnswer>
  readonly context: EmulatorContext
}

/** One request, whole: key, idempotency, route, parameters, work, `expand[]`. Never throws for what Stripe would answer. */
export function answerRequest(door: ApiDoor, request: ApiRequest): ApiAnswer {
  const id = door.context.newId('req')
  const headers = {
    'request-id': id,
    'stripe-version': apiVersion,
    ...(request.idempotencyKey ? { 'idempotency-key': request.idempotencyKey } : {}),
  }
  try {
    checkKey(door, request.authorization)
    checkVersion(request.version)
    const replay = replayOf(door, request)
    if (replay) return { ...replay, headers: { ...headers, 'idempotent-replayed': 'true' } }
    const answer = perform(door, request, id)
    return { ...answer, headers }
  } catch (refused) {
    if (!(refused instanceof StripeApiError)) throw refused
    return { status: refused.status, body: JSON.stringify(refused.body()), headers }
  }
}

function checkKey(door: ApiDoor, authorization: string | undefined): void {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ')
  const key = scheme === 'Basic' ? Buffer.from(credentials, 'base64').toString().split(':')[0] : credentials
  if (key === door.apiKey) return
  const message = key
    ? `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)}`
    : 'You did not provide an API key. You need to provide your API key in the Authorization header.'
  throw new StripeApiError(401, 'invalid_request_error', message)
}

/** One version only: another pin would get shapes here that it would not get from Stripe. */
function checkVersion(version: string | undefined): void {
  if (version === undefined || version === apiVersion) return
  throw invalidRequest(`Invalid Stripe API version: ${version}`)
}

function fingerprintOf({ method, path, form }: ApiRequest): string {
  return `${method} ${path} ${form}`
}

function replayOf(door: ApiDoor, request: ApiRequest): { status: number; body: string } | null {
  const key = request.method === 'POST' ? request.idempotencyKey : null
  const stored = key === null ? undefined : door.stored.get(key)
  if (!stored) return null
  if (stored.fingerprint !== fingerprintOf(request)) {
    throw new StripeApiError(
      400,
      'idempotency_error',
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    )
  }
  return { status: stored.status, body: stored.body }
}

function perform(door: ApiDoor, request: ApiRequest, id: string): { status: number; body: string } {
  door.context.request = { id, idempotencyKey: request.idempotencyKey }
  try {
    const answer = { status: 200, body: runRoute(door.context, request) }
    storeAnswer(door, request, answer)
    return answer
  } catch (refused) {
    // Stripe keeps the answer of a call that did its work, a declined card's too, but no refusal of parameters.
    if (refused instanceof StripeApiError && refused.status === 402) {
      storeAnswer(door, request, { status: 402, body: JSON.stringify(refused.body()) })
    }
    throw refused
  } finally {
    door.context.request = null
  }
}

export function storeAnswer(door: ApiDoor, request: ApiRequest, answer: { status: number; body: string }): void {
  if (request.method !== 'POST' || request.idempotencyKey === null) return
  door.stored.set(request.idempotencyKey, {
    fingerprint: fingerprintOf(request),
    status: answer.status,
    body: answer.body,
  })
}

function runRoute(context: EmulatorContext, request: ApiRequest): string {
  for (const route of apiRoutes) {
    const ids = route.method === request.method ? matchPath(route.path, request.path) : null
    if (!ids) continue
    const form: FormHash = parseForm(request.form)
    checkParameters(form, route.allowed)
    const params = new FormReader(form)
    const paths = params.texts('expand')
    if (paths.some((path) => path.split('.').length > 4 + (path.startsWith('data.') ? 1 : 0))) {
      throw invalidRequest('You cannot expand more than 4 levels of a property.', { param: 'expand' })
    }
    return JSON.stringify(expandAnswer(context, route.answer(context, params, ids), paths))
  }
  throw new StripeApiError(
    404,
    'invalid_request_error',
    `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  )
}
