import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Clock } from '../../primitives/index.ts'
import type { ProviderHost } from '../provider.ts'
import { PaymentProviderError, type ProviderErrorCode } from '../provider-error.ts'
import { type CallEffect, lostCall, refusalOf, unreadableAnswer } from './errors.ts'
import type { PayPalSettings } from './options.ts'
import { loadSubscriptionsApi, type SdkCall } from './sdk.ts'
import { TokenSource } from './token.ts'
import { readWire } from './wire-fields.ts'

/** What waiting needs from outside, so that tests do not wait. */
export interface Waiting {
  sleep(ms: number): Promise<unknown>
  /** 0 to below 1. */
  random(): number
}

export interface PlainRequest {
  method: 'GET' | 'POST'
  /** Begins with a slash; parts that come from outside are encoded by the caller. */
  path: string
  /** Text goes out as it is; everything else as JSON. */
  body?: unknown
  requestId?: string
}

/** PayPal behind one door: every error comes out as PaymentProviderError, the token is renewed, rate limits are waited for. */
export interface PayPalClient {
  readonly provider: string
  readonly clock: Clock
  readonly settings: PayPalSettings
  /** Where this installation is reached from outside. */
  readonly baseUrl: string
  /** What the official SDK covers: plans and subscriptions. */
  call<T>(effect: CallEffect, wire: z.ZodType<T>, call: SdkCall): Promise<T>
  /** What it does not: products, webhooks, old refunds. */
  plain<T>(effect: CallEffect, wire: z.ZodType<T>, request: PlainRequest): Promise<T>
}

/** One HTTP call, as both the SDK and plain calls make it. */
export interface HttpCall {
  method: string
  /** Path and query; the origin is this account's. */
  path: string
  headers: Headers
  body?: string
}
export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: string
}
export type Send = (call: HttpCall, effect: CallEffect) => Promise<HttpAnswer>

export function createClient(settings: PayPalSettings, host: ProviderHost, waiting: Waiting): PayPalClient {
  const provider = host.providerName
  const send = createSend(settings, host, waiting)
  const api = loadSubscriptionsApi(send)
  const { clock, baseUrl } = host
  return {
    provider,
    clock,
    settings,
    baseUrl,
    call: async (effect, wire, call) => {
      const { controller, sdk } = await api()
      return readAnswer(provider, effect, wire, async () => bodyOf(await call(controller, sdk)))
    },
    plain: (effect, wire, request) =>
      readAnswer(provider, effect, wire, async () => (await send(toHttp(request), effect)).body),
  }
}

/** PayPal's key for an operation: it keeps so many characters of it and no others. Not taken by revise, suspend, cancel and activate. */
export const requestId = (idempotencyKey: string, part: string): string =>
  createHash('sha256').update(`${idempotencyKey}:${part}`).digest('hex').slice(0, 36)

function toHttp({ method, path, body, requestId: id }: PlainRequest): HttpCall {
  const headers = new Headers({ accept: 'application/json', prefer: 'return=representation' })
  if (id) headers.set('paypal-request-id', id)
  if (body === undefined) return { method, path, headers }
  headers.set('content-type', 'application/json')
  return { method, path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

async function readAnswer<T>(
  provider: string,
  effect: CallEffect,
  wire: z.ZodType<T>,
  call: () => Promise<string>,
): Promise<T> {
  try {
    const body = await call()
    return readWire(wire, body === '' ? null : JSON.parse(body), 'answer')
  } catch (cause) {
    if (cause instanceof PaymentProviderError) throw cause
    throw unreadableAnswer(provider, effect, cause)
  }
}

/** As it came: the SDK renames the fields of what it parsed and drops those it does not know. */
function bodyOf({ body }: { body: unknown }): string {
  return typeof body === 'string' ? body : ''
}

const rateLimited: ProviderErrorCode = 'provider_rate_limited'
const rateLimitAttempts = 4
const firstDelayMs = 500

function createSend(settings: PayPalSettings, host: ProviderHost, waiting: Waiting): Send {
  const provider = host.providerName
  const tokens = new TokenSource(provider, settings, host)
  const once = async (call: HttpCall, effect: CallEffect): Promise<HttpAnswer> => {
    const token = await tokens.current()
    const answer = await exchange({ settings, host, effect, call, token })
    if (answer.status !== 401) return answer
    // Refused at the gate, so nothing was done: it may be sent again, once, with a new token.
    tokens.reject(token)
    return exchange({ settings, host, effect, call, token: await tokens.current() })
  }
  return async (call, effect) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(call, effect)
      if (answer.status < 300) return answer
      const error = refusalOf(provider, answer.status, answer.body, effect)
      if (error.code !== rateLimited || attempt === rateLimitAttempts) throw error
      await waiting.sleep(delayMs(attempt, waiting.random()))
    }
  }
}

interface Exchange {
  settings: PayPalSettings
  host: ProviderHost
  effect: CallEffect
  call: HttpCall
  token: string
}

async function exchange({ settings, host, effect, call, token }: Exchange): Promise<HttpAnswer> {
  const headers = new Headers(call.headers)
  headers.set('authorization', `Bearer ${token}`)
  try {
    const response = await host.fetch(`${settings.origin}${call.path}`, {
      method: call.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(settings.timeoutMs),
      ...(call.body !== undefined && { body: call.body }),
    })
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
  } catch (cause) {
    throw lostCall(host.providerName, effect, cause)
  }
}

/** Doubles with each attempt; half of it by chance, so that clients refused together do not come back together. */
function delayMs(attempt: number, random: number): number {
  const full = firstDelayMs * 2 ** (attempt - 1)
  return Math.round(full / 2 + (full / 2) * random)
}
