import { errorMessage } from '../../primitives/index.ts'
import { PaymentProviderError, type ProviderErrorCode, type ProviderErrorFacts } from '../provider-error.ts'

export function sandboxError(
  provider: string,
  code: ProviderErrorCode,
  detail: string,
  facts: Partial<ProviderErrorFacts> = {},
): PaymentProviderError {
  return new PaymentProviderError({ provider, code, detail, ...facts })
}

/** A read that failed for another reason than ours is the store's failure: the same read may succeed later. */
export function readFailure(provider: string, cause: unknown): PaymentProviderError {
  if (cause instanceof PaymentProviderError) return cause
  const detail = `The sandbox could not read its state: ${errorMessage(cause)}`
  return sandboxError(provider, 'provider_unavailable', detail, { retryable: true, cause })
}

/** When the store fails, its transaction may have been committed all the same, so the outcome is unknown. */
export function writeFailure(provider: string, cause: unknown): PaymentProviderError {
  if (cause instanceof PaymentProviderError) return cause
  const detail = `The sandbox could not tell whether its state was written: ${errorMessage(cause)}`
  return sandboxError(provider, 'outcome_unknown', detail, { retryable: true, outcome: 'unknown', cause })
}
