export interface ErrorDetail {
  issue: string
  description?: string
  field?: string
  value?: string
  location?: 'body' | 'path' | 'query'
}

const messages = {
  INVALID_REQUEST: 'The request is malformed or does not fit the schema.',
  AUTHENTICATION_FAILURE: 'The access token is missing, unknown or expired.',
  RESOURCE_NOT_FOUND: 'There is no such resource.',
  UNSUPPORTED_MEDIA_TYPE: 'The body has to be application/json.',
  UNPROCESSABLE_ENTITY: 'The request is well-formed, but cannot be carried out.',
  RATE_LIMIT_REACHED: 'Too many requests.',
  INTERNAL_SERVER_ERROR: 'An internal error occurred.',
  SERVICE_UNAVAILABLE: 'The service is unavailable.',
}

/** An error answer of the emulated API. Its codes are PayPal's, its sentences are not. */
export class PaypalApiError extends Error {
  readonly status: number
  override readonly name: string
  readonly details: readonly ErrorDetail[]

  constructor(status: number, name: string, message: string, details: readonly ErrorDetail[] = []) {
    super(message)
    this.status = status
    this.name = name
    this.details = details
  }

  body(debugId: string): Record<string, unknown> {
    const details = this.details.length > 0 ? { details: this.details } : {}
    return { name: this.name, message: this.message, debug_id: debugId, ...details, links: [] }
  }
}

function refusal(status: number, name: keyof typeof messages, details: readonly ErrorDetail[] = []): PaypalApiError {
  return new PaypalApiError(status, name, messages[name], details)
}

export const invalidRequest = (details: readonly ErrorDetail[]) => refusal(400, 'INVALID_REQUEST', details)

/** A field, written as a JSON pointer, that does not fit. */
export function invalidField(field: string, issue: string, value?: unknown): PaypalApiError {
  return invalidRequest([
    {
      field,
      issue,
      location: 'body',
      ...(value !== undefined && { value: typeof value === 'string' ? value : JSON.stringify(value) }),
    },
  ])
}

export function invalidQuery(field: string, issue: string, value?: string): PaypalApiError {
  return invalidRequest([{ field, issue, location: 'query', ...(value !== undefined && { value }) }])
}

export const authenticationFailure = () => refusal(401, 'AUTHENTICATION_FAILURE')

export const notFound = (id: string) =>
  refusal(404, 'RESOURCE_NOT_FOUND', [
    { issue: 'INVALID_RESOURCE_ID', description: `Nothing here is called ${JSON.stringify(id)}.` },
  ])

export const noRoute = () => refusal(404, 'RESOURCE_NOT_FOUND')

export const unsupportedMediaType = () => refusal(415, 'UNSUPPORTED_MEDIA_TYPE')

export const unprocessable = (issue: string, description?: string) =>
  refusal(422, 'UNPROCESSABLE_ENTITY', [{ issue, ...(description !== undefined && { description }) }])

/** What a gateway in front of the API answers when it is told to fail. */
export function failedAnswer(status: 429 | 500 | 503): PaypalApiError {
  const name = status === 429 ? 'RATE_LIMIT_REACHED' : status === 503 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_SERVER_ERROR'
  return refusal(status, name)
}
