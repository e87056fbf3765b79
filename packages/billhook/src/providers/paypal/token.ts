import { z } from 'zod'
import type { Clock } from '../../primitives/index.ts'
import { PaymentProviderError } from '../provider-error.ts'
import { lostCall, refusalOf, unreadableAnswer } from './errors.ts'
import type { PayPalSettings } from './options.ts'

/** Renewed so long before its end that no call arrives with one that has just ended. */
const renewBeforeMs = 60_000

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface Token {
  value: string
  until: number
}

/** The access token of the account, one for the SDK and for plain calls. However many ask at a time, it is fetched once. */
export class TokenSource {
  readonly #provider: string
  readonly #settings: PayPalSettings
  readonly #clock: Clock
  readonly #fetch: typeof fetch
  #token: Token | null = null
  #fetching: Promise<Token> | null = null

  constructor(provider: string, settings: PayPalSettings, host: { clock: Clock; fetch: typeof fetch }) {
    this.#provider = provider
    this.#settings = settings
    this.#clock = host.clock
    this.#fetch = host.fetch
  }

  async current(): Promise<string> {
    const token = this.#token
    if (token && this.#clock.now().getTime() < token.until) return token.value
    this.#fetching ??= this.#request().finally(() => {
      this.#fetching = null
    })
    this.#token = await this.#fetching
    return this.#token.value
  }

  /** PayPal refused it before its time. A newer one, which somebody else fetched meanwhile, stays. */
  reject(value: string): void {
    if (this.#token?.value === value) this.#token = null
  }

  /** Asking for a token changes nothing: when it fails, the call it was for never went out. */
  async #request(): Promise<Token> {
    const { clientId, clientSecret, origin, timeoutMs } = this.#settings
    const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const askedAt = this.#clock.now().getTime()
    const { status, body } = await this.#post(`${origin}/v1/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (status === 400 || status === 401) throw this.#refused()
    if (status !== 200) throw refusalOf(this.#provider, status, body, 'read')
    try {
      const { access_token, expires_in } = tokenAnswer.parse(JSON.parse(body))
      return { value: access_token, until: askedAt + expires_in * 1000 - renewBeforeMs }
    } catch (cause) {
      throw unreadableAnswer(this.#provider, 'read', cause)
    }
  }

  async #post(url: string, request: RequestInit): Promise<{ status: number; body: string }> {
    try {
      const response = await this.#fetch(url, request)
      return { status: response.status, body: await response.text() }
    } catch (cause) {
      throw lostCall(this.#provider, 'read', cause)
    }
  }

  #refused(): PaymentProviderError {
    const detail = `PayPal refused the client id and secret (PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET) in ${this.#settings.mode} mode.`
    return new PaymentProviderError({ provider: this.#provider, code: 'provider_misconfigured', detail })
  }
}
