import { STATUS_CODES } from 'node:http'
import { HTTPException } from 'hono/http-exception'
import { isDatabaseUnavailable, isUnstorableText } from '../domain/health/index.ts'
import { BillhookError, type Facts } from '../primitives/index.ts'

/** RFC 9457, with a stable `code` and the facts of the error beside it. */
export interface Problem extends Facts {
  type: string
  title: string
  status: number
  detail: string
  code: string
  request_id: string
}

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** An error as the edge knows it: a BillhookError as it is, anything else in words that give nothing away. */
export function toBillhookError(error: unknown): BillhookError {
  if (error instanceof BillhookError) return error
  if (error instanceof HTTPException) {
    if (error.status === 400) return new BillhookError('invalid_json', 'The body is not valid JSON.', { status: 400 })
    return new BillhookError('request_refused', error.message || 'The request was refused.', { status: error.status })
  }
  if (isUnstorableText(error)) {
    return new BillhookError('invalid_request', 'The request holds a NUL character or broken Unicode.', { status: 400 })
  }
  if (isDatabaseUnavailable(error)) {
    return new BillhookError('database_unavailable', 'The database does not answer now. Try again shortly.', {
      status: 503,
      cause: error,
    })
  }
  return new BillhookError('internal_error', 'Something went wrong here. The request id leads to it in our log.', {
    status: 500,
    cause: error,
  })
}

export function problemOf(error: BillhookError, requestId: string): Problem {
  const facts = Object.fromEntries(Object.entries(error.facts).map(([key, value]) => [snakeCase(key), value]))
  return {
    ...facts,
    type: `urn:billhook:problem:${error.code}`,
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
  }
}

export function problemResponse(error: BillhookError, requestId: string): Response {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="billhook"'
  if (error.status === 503 || error.code === 'idempotency_key_in_use') headers['retry-after'] = '1'
  return new Response(JSON.stringify(problemOf(error, requestId)), { status: error.status, headers })
}
