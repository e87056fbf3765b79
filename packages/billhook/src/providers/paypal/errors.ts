import { errorMessage } from '../../primitives/index.ts'
import { PaymentProviderError, type ProviderErrorCode } from '../provider-error.ts'

/** PayPal sent something this adapter must not guess at. Never leaves the folder: it becomes `malformed_payload` or an unknown outcome. */
export class UnreadableObject extends Error {
  override name = 'UnreadableObject'
}

/** `write`: PayPal may have done the work, so a lost answer is an unknown outcome. */
export type CallEffect = 'read' | 'write'

/** PayPal's own words for a refusal; the cause of the error that is thrown. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  /** `RESOURCE_NOT_FOUND`, `UNPROCESSABLE_ENTITY`. */
  readonly errorName: string
  /** `SUBSCRIPTION_STATUS_INVALID`: what `details` name, finer than the name. */
  readonly issues: readonly string[]

  constructor(facts: { status: number; errorName: string; issues: readonly string[]; message: string }) {
    super(facts.message)
    this.status = facts.status
    this.errorName = facts.errorName
    this.issues = facts.issues
  }
}

interface Verdict {
  code: ProviderErrorCode
  retryable?: boolean
  outcome?: 'failed' | 'unknown'
}

const lost: Record<CallEffect, Verdict> = {
  read: { code: 'provider_unavailable', retryable: true },
  write: { code: 'outcome_unknown', outcome: 'unknown' },
}
const declined: Verdict = { code: 'payment_declined' }
const unsupportedCurrency: Verdict = { code: 'unsupported_currency' }

/** By issue or name, where they say more than the status. Source: developer.paypal.com/api/rest/reference/orders/v2/errors and the API's own. */
const verdictByIssue = new Map<string, Verdict>(
  Object.entries({
    RESOURCE_NOT_FOUND: { code: 'resource_missing' },
    INVALID_RESOURCE_ID: { code: 'resource_missing' },
    PLAN_PRODUCT_NOT_COMPATIBLE: { code: 'unsupported' },
    SUBSCRIPTION_CANNOT_HAVE_QUANTITY: { code: 'unsupported' },
    CURRENCY_NOT_SUPPORTED: unsupportedCurrency,
    UNSUPPORTED_CURRENCY: unsupportedCurrency,
    INVALID_CURRENCY_CODE: unsupportedCurrency,
    CURRENCY_MISMATCH: unsupportedCurrency,
    INSTRUMENT_DECLINED: declined,
    PAYER_CANNOT_PAY: declined,
    PAYMENT_DENIED: declined,
    SUBSCRIBER_ACCOUNT_RESTRICTED: declined,
    PAYER_ACCOUNT_RESTRICTED: declined,
    // What it stopped for unpaid money it lets run again only when that is paid.
    SUBSCRIPTION_CANNOT_BE_ACTIVATED: declined,
    // A first request with this id is still running: only a look can say how it ends.
    PREVIOUS_REQUEST_IN_PROGRESS: { code: 'outcome_unknown', outcome: 'unknown' },
    DUPLICATE_REQUEST_ID: { code: 'idempotency_conflict' },
  } satisfies Record<string, Verdict>),
)

const verdictByStatus = new Map<number, Verdict>([
  [401, { code: 'provider_misconfigured' }],
  [403, { code: 'provider_misconfigured' }],
  [404, { code: 'resource_missing' }],
  [429, { code: 'provider_rate_limited', retryable: true }],
])

/** An answer that is no success. The detail is PayPal's own sentence with its debug id: it holds no secret. */
export function refusalOf(provider: string, status: number, body: string, effect: CallEffect): PaymentProviderError {
  const { errorName, issues, message, debugId } = readError(body)
  const known = [...issues, errorName].find((issue) => verdictByIssue.has(issue))
  const verdict = status >= 500 ? lost[effect] : verdictFor(status, known, effect)
  const shown = debugId ? ` (debug_id ${debugId})` : ''
  return new PaymentProviderError({
    provider,
    ...verdict,
    detail: `PayPal: ${message || errorName || `status ${status}`}${shown}`,
    declineCode: verdict === declined ? (known ?? null) : null,
    cause: new Refusal({ status, errorName, issues, message }),
  })
}

function verdictFor(status: number, issue: string | undefined, effect: CallEffect): Verdict {
  // Another request holds the object; what became of this one nobody says.
  if (status === 409 && issue === undefined) return lost[effect]
  return verdictByIssue.get(issue ?? '') ?? verdictByStatus.get(status) ?? { code: 'provider_rejected' }
}

/** Cut on the way or never answered. */
export function lostCall(provider: string, effect: CallEffect, cause: unknown): PaymentProviderError {
  const detail = `PayPal did not answer: ${errorMessage(cause)}`
  return new PaymentProviderError({ provider, ...lost[effect], detail, cause })
}

/** Not understanding the answer does not undo what was done. */
export function unreadableAnswer(provider: string, effect: CallEffect, cause: unknown): PaymentProviderError {
  const verdict: Verdict = effect === 'write' ? lost.write : { code: 'malformed_payload' }
  const detail = `PayPal's answer was not understood: ${errorMessage(cause)}`
  return new PaymentProviderError({ provider, ...verdict, detail, cause })
}

/** The issues that PayPal named; empty for every other error. */
export function issuesOf(error: unknown): readonly string[] {
  return error instanceof PaymentProviderError && error.cause instanceof Refusal ? error.cause.issues : []
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

/** Three shapes: REST errors with details, those of the old v1 payments, and OAuth's. Anything else (a proxy's page) says nothing. */
function readError(body: string): { errorName: string; issues: string[]; message: string; debugId: string } {
  const error = parseObject(body)
  const details = Array.isArray(error.details) ? error.details : []
  const issues = details.map((detail) => textOf(asObject(detail).issue)).filter(Boolean)
  const descriptions = details.map((detail) => textOf(asObject(detail).description)).filter(Boolean)
  return {
    errorName: textOf(error.name) || textOf(error.error),
    issues,
    message: [textOf(error.message) || textOf(error.error_description), ...descriptions].filter(Boolean).join(' '),
    debugId: textOf(error.debug_id),
  }
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body))
  } catch {
    return {}
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
