/** The few calls of the REST API that the portal makes. */

import type {
  ChangePreview,
  CheckoutSession,
  ManageInput,
  ManageResult,
  Overview,
  PayResult,
  Plan,
  PortalSession,
  PublicConfig,
  Subscription,
} from './objects.ts'

/** A refusal by the API (its problem document), or no answer at all (`status` 0). `message` is a sentence for the reader. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly nextUrl: string | undefined

  constructor(status: number, code: string, detail: string, nextUrl?: string) {
    super(detail)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.nextUrl = nextUrl
  }

  /** Whether the call may have happened all the same, so that a repeat must carry the same idempotency key. */
  get isUnclear(): boolean {
    return this.status === 0 || this.status >= 500
  }
}

const base = '/api/v1'
const timeoutMs = 30_000

// The cookie is HttpOnly; this token, from the session's answer, proves that the request comes from this page.
let csrfToken = ''

interface Send {
  body: unknown
  idempotencyKey?: string
}

async function call<Answer>(path: string, send?: Send): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (send) {
    headers['content-type'] = 'application/json'
    headers['x-csrf-token'] = csrfToken
    if (send.idempotencyKey) headers['idempotency-key'] = send.idempotencyKey
  }
  const response = await reach(path, {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...(send && { method: 'POST', body: JSON.stringify(send.body) }),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok || answer === undefined) throw refusal(response.status, answer)
  return answer as Answer
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(base + path, init)
  } catch (cause) {
    const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError'
    throw new ApiError(
      0,
      timedOut ? 'timeout' : 'network',
      timedOut
        ? 'The billing service took too long to answer. Please try again.'
        : 'The billing service cannot be reached. Check your connection and try again.',
    )
  }
}

function refusal(status: number, answer: unknown): ApiError {
  const problem: Record<string, unknown> = typeof answer === 'object' && answer !== null ? { ...answer } : {}
  const text = (key: string) => (typeof problem[key] === 'string' ? problem[key] : undefined)
  const detail = text('detail') ?? text('title') ?? `The billing service gave an answer we cannot read (${status}).`
  return new ApiError(status, text('code') ?? 'unreadable_answer', detail, text('next_url'))
}

const id = encodeURIComponent

export async function getPortalSession(): Promise<PortalSession> {
  const session = await call<PortalSession>('/portal/session')
  csrfToken = session.csrf_token
  return session
}

export const getConfig = () => call<PublicConfig>('/config/')

/** With the prices that can be chosen. */
export const listPlans = async (): Promise<Plan[]> =>
  (await call<{ data: Plan[] }>('/plans/?limit=100')).data.map((plan) => ({
    ...plan,
    prices: plan.prices.filter(({ meter }) => meter === null),
  }))

/** The current subscription, or null where there never was one. */
export async function findCurrentSubscription(): Promise<Subscription | null> {
  try {
    return await call<Subscription>('/subscriptions/current/')
  } catch (error) {
    if (error instanceof ApiError && error.code === 'no_subscription') return null
    throw error
  }
}

export const getOverview = () => call<Overview>('/subscriptions/overview/')

export const getCheckoutSession = (sessionId: string) => call<CheckoutSession>(`/checkout-sessions/${id(sessionId)}/`)

export const createCheckoutSession = (
  body: { price_id: string; success_url: string; cancel_url: string },
  idempotencyKey: string,
) => call<CheckoutSession>('/subscriptions/create-checkout-session/', { body, idempotencyKey })

export const manageSubscription = (subscriptionId: string, body: ManageInput, idempotencyKey: string) =>
  call<ManageResult>(`/subscriptions/${id(subscriptionId)}/manage-subscription/`, { body, idempotencyKey })

/** After a visit to the provider's page: asks there whether a change was approved. */
export const checkApproval = (subscriptionId: string) =>
  call<Subscription>(`/subscriptions/${id(subscriptionId)}/check-approval/`, { body: {} })

/** Changes nothing, so it needs no key: every time it is asked for anew. */
export const previewChange = (subscriptionId: string, priceId: string) =>
  call<ChangePreview>(`/subscriptions/${id(subscriptionId)}/preview-change/`, { body: { price_id: priceId } })

export const payInvoice = (invoiceId: string, idempotencyKey: string) =>
  call<PayResult>(`/invoices/${id(invoiceId)}/pay/`, { body: {}, idempotencyKey })

/** A link to the payment provider's page for another card. */
export const updatePaymentMethod = (subscriptionId: string, returnUrl: string, idempotencyKey: string) =>
  call<{ url: string }>(`/subscriptions/${id(subscriptionId)}/update-payment-method/`, {
    body: { return_url: returnUrl },
    idempotencyKey,
  })
