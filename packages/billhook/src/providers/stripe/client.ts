import Stripe from 'stripe'
import type { ProviderHost } from '../provider.ts'
import type { ProviderErrorCode } from '../provider-error.ts'
import { type CallEffect, toProviderError } from './errors.ts'
import type { StripeSettings } from './options.ts'

/** What waiting needs from outside, so that tests do not wait. */
export interface Waiting {
  sleep(ms: number): Promise<unknown>
  /** 0 to below 1. */
  random(): number
}

/** The SDK behind one door: every error comes out as PaymentProviderError, rate limits are waited for. */
export interface StripeClient {
  readonly provider: string
  /** Changes nothing at Stripe: an outage is retryable. */
  read<T>(call: (stripe: Stripe) => Promise<T>): Promise<T>
  /** Changes something: every POST and DELETE inside must carry an idempotency key. A lost answer is an unknown outcome. */
  write<T>(call: (stripe: Stripe) => Promise<T>): Promise<T>
}

const rateLimitAttempts = 4
const firstDelayMs = 500

export function createClient(settings: StripeSettings, host: ProviderHost, waiting: Waiting): StripeClient {
  const provider = host.providerName
  const stripe = new Stripe(settings.secretKey, {
    ...(settings.apiBase && addressOf(settings.apiBase)),
    httpClient: Stripe.createFetchHttpClient(host.fetch),
    timeout: settings.timeoutMs,
    maxNetworkRetries: settings.maxNetworkRetries,
    telemetry: false,
    appInfo: { name: 'billhook' },
  })
  const run = async <T>(call: (stripe: Stripe) => Promise<T>, effect: CallEffect): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(stripe)
      } catch (cause) {
        const error = toProviderError(cause, provider, effect)
        // The SDK does not retry 429 by itself, and Stripe names no waiting time.
        if (error.code !== rateLimited || attempt === rateLimitAttempts) throw error
        await waiting.sleep(delayMs(attempt, waiting.random()))
      }
    }
  }
  return { provider, read: (call) => run(call, 'read'), write: (call) => run(call, 'write') }
}

const rateLimited: ProviderErrorCode = 'provider_rate_limited'

/** Doubles with each attempt; half of it by chance, so that clients refused together do not come back together. */
function delayMs(attempt: number, random: number): number {
  const full = firstDelayMs * 2 ** (attempt - 1)
  return Math.round(full / 2 + (full / 2) * random)
}

function addressOf(apiBase: string): { host: string; port: string; protocol: 'http' | 'https' } {
  const { hostname, port, protocol } = new URL(apiBase)
  const isPlain = protocol === 'http:'
  return { host: hostname, port: port || (isPlain ? '80' : '443'), protocol: isPlain ? 'http' : 'https' }
}
