/** What Stripe puts beside `type` and `message` into an error's envelope. */
export interface StripeErrorFacts {
  code?: string
  param?: string
  decline_code?: string
  advice_code?: string
  payment_intent?: unknown
}

/** An error answer of the emulated API: its HTTP status and Stripe's `{error: {...}}` body. */
export class StripeApiError extends Error {
  readonly status: number
  readonly type: string
  readonly facts: StripeErrorFacts

  constructor(status: number, type: string, message: string, facts: StripeErrorFacts = {}) {
    super(message)
    this.name = 'StripeApiError'
    this.status = status
    this.type = type
    this.facts = facts
  }

  body(): { error: Record<string, unknown> } {
    const docs = this.facts.code
      ? { doc_url: `https://stripe.com/docs/error-codes/${this.facts.code.replaceAll('_', '-')}` }
      : {}
    return { error: { ...docs, ...this.facts, message: this.message, type: this.type } }
  }
}

export function invalidRequest(message: string, facts: StripeErrorFacts = {}): StripeApiError {
  return new StripeApiError(400, 'invalid_request_error', message, facts)
}

/** An id in the path that names nothing is a 404, one in a parameter a 400. */
export function noSuch(what: string, id: string, param: string, where: 'path' | 'parameter'): StripeApiError {
  const status = where === 'path' ? 404 : 400
  return new StripeApiError(status, 'invalid_request_error', `No such ${what}: '${id}'`, {
    code: 'resource_missing',
    param,
  })
}

export function missingParameter(param: string): StripeApiError {
  return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}
