import { BillhookError } from '../primitives/index.ts'

/**
 * The closed list of what can go wrong at a provider, and the HTTP status our edge answers for it.
 * 402: the money was refused; 502/503: not our client's fault; 400: a webhook that proves nothing.
 */
export const providerErrorStatus = {
  provider_unavailable: 503,
  provider_rate_limited: 503,
  provider_misconfigured: 502,
  provider_rejected: 502,
  payment_declined: 402,
  authentication_required: 402,
  resource_missing: 404,
  subscription_ended: 409,
  unsupported: 422,
  unsupported_currency: 422,
  refund_not_possible: 409,
  idempotency_conflict: 409,
  invalid_signature: 400,
  malformed_payload: 400,
  verification_unavailable: 503,
  outcome_unknown: 502,
} as const
export type ProviderErrorCode = keyof typeof providerErrorStatus

export interface ProviderErrorFacts {
  provider: string
  code: ProviderErrorCode
  detail: string
  /** The same call may succeed later. */
  retryable?: boolean
  /** `unknown`: the provider may have done it; only `lookup` may settle that. */
  outcome?: 'failed' | 'unknown'
  declineCode?: string | null
  cause?: unknown
}

/** The one error type that leaves an adapter. Callers never see an SDK's error. */
export class PaymentProviderError extends BillhookError {
  readonly provider: string
  readonly retryable: boolean
  readonly outcome: 'failed' | 'unknown'
  readonly declineCode: string | null

  constructor({
    provider,
    code,
    detail,
    retryable = false,
    outcome = 'failed',
    declineCode = null,
    cause,
  }: ProviderErrorFacts) {
    super(code, detail, {
      status: providerErrorStatus[code],
      facts: declineCode ? { provider, decline_code: declineCode } : { provider },
      cause,
    })
    this.name = 'PaymentProviderError'
    this.provider = provider
    this.retryable = retryable
    this.outcome = outcome
    this.declineCode = declineCode
  }
}
