import Stripe from 'stripe'
import { errorMessage } from '../../primitives/index.ts'
import { PaymentProviderError, type ProviderErrorCode } from '../provider-error.ts'

/** Stripe sent something this adapter must not guess at. Never leaves the folder: it becomes `malformed_payload` or an unknown outcome. */
export class UnreadableObject extends Error {
  override name = 'UnreadableObject'
}

/** `write`: Stripe may have done the work, so a lost answer is an unknown outcome. */
export type CallEffect = 'read' | 'write'

interface Verdict {
  code: ProviderErrorCode
  retryable?: boolean
  outcome?: 'failed' | 'unknown'
}

const rejected: Verdict = { code: 'provider_rejected' }
const lost: Record<CallEffect, Verdict> = {
  read: { code: 'provider_unavailable', retryable: true },
  write: { code: 'outcome_unknown', outcome: 'unknown' },
}

/** By `err.code` first, where it says more than the class does. Source: docs.stripe.com/error-codes. */
const verdictByCode = new Map<string, Verdict>(
  Object.entries({
    resource_missing: { code: 'resource_missing' },
    subscription_canceled: { code: 'subscription_ended' },
    invalid_canceled_subscription_fields: { code: 'subscription_ended' },
    authentication_required: { code: 'authentication_required' },
    invoice_payment_intent_requires_action: { code: 'authentication_required' },
    subscription_payment_intent_requires_action: { code: 'authentication_required' },
    payment_intent_action_required: { code: 'authentication_required' },
    payment_intent_authentication_failure: { code: 'authentication_required' },
    charge_already_refunded: { code: 'refund_not_possible' },
    charge_disputed: { code: 'refund_not_possible' },
    charge_not_refundable: { code: 'refund_not_possible' },
    refund_disputed_payment: { code: 'refund_not_possible' },
    // A first request with this key is still running: only a look can say how it ends.
    idempotency_key_in_use: { code: 'outcome_unknown', outcome: 'unknown' },
    lock_timeout: { code: 'provider_rate_limited', retryable: true },
  }),
)

/** By the SDK's class, which follows the HTTP status. */
const verdictByType = new Map<string, Verdict>(
  Object.entries({
    StripeRateLimitError: { code: 'provider_rate_limited', retryable: true },
    StripeCardError: { code: 'payment_declined' },
    StripeAuthenticationError: { code: 'provider_misconfigured' },
    StripePermissionError: { code: 'provider_misconfigured' },
    StripeIdempotencyError: { code: 'idempotency_conflict' },
  }),
)

/** Whatever a call threw, as the one error that leaves the adapter. The detail is Stripe's own sentence: it holds no secret key. */
export function toProviderError(cause: unknown, provider: string, effect: CallEffect): PaymentProviderError {
  if (cause instanceof PaymentProviderError) return cause
  if (!(cause instanceof Stripe.errors.StripeError)) {
    // Not understanding the answer does not undo what was done.
    const verdict: Verdict = effect === 'write' ? lost.write : { code: 'malformed_payload' }
    return new PaymentProviderError({
      provider,
      ...verdict,
      detail: `Stripe's answer was not understood: ${errorMessage(cause)}`,
      cause,
    })
  }
  const declineCode = cause.decline_code || (cause.type === 'StripeCardError' ? cause.code : null) || null
  return new PaymentProviderError({
    provider,
    ...verdictOn(cause, effect),
    detail: sentence(cause),
    declineCode,
    cause,
  })
}

function verdictOn(error: Stripe.errors.StripeError, effect: CallEffect): Verdict {
  if (error.type === 'StripeConnectionError') return lost[effect]
  const status = error.statusCode ?? 0
  if (status >= 500) return lost[effect]
  const known = verdictByCode.get(error.code ?? '') ?? verdictByType.get(error.type)
  if (known) return known
  // Another request held the object; this one did nothing.
  if (status === 409) return { code: 'provider_unavailable', retryable: true }
  if (error.param === 'currency') return { code: 'unsupported_currency' }
  if (error.type === 'StripeAPIError') return lost[effect]
  return rejected
}

function sentence(error: Stripe.errors.StripeError): string {
  const request = error.requestId ? ` (request ${error.requestId})` : ''
  return `Stripe: ${error.message || error.type}${request}`
}

/** Runs what only reads data already here; what it cannot understand is `malformed_payload`. */
export function understand<T>(provider: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PaymentProviderError) throw cause
    throw new PaymentProviderError({ provider, code: 'malformed_payload', detail: errorMessage(cause), cause })
  }
}
