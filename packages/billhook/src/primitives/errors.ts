export type Facts = Record<string, unknown>

export interface BillhookErrorOptions {
  /** HTTP status the edge answers; 400 when left out. */
  status?: number
  /** Sent to clients as they are: never secrets, never another tenant's data. */
  facts?: Facts
  cause?: unknown
}

/** An expected failure. `code` is snake_case and part of the public contract; `message` may be reworded at any time. */
export class BillhookError extends Error {
  override name = 'BillhookError'
  readonly code: string
  readonly status: number
  readonly facts: Facts

  constructor(code: string, detail: string, { status = 400, facts = {}, cause }: BillhookErrorOptions = {}) {
    // An absent cause must stay absent, or loggers print "cause: undefined".
    super(detail, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.facts = facts
  }
}

/** 404: there is no such thing in the caller's scope. */
export function notFound(code: string, detail: string): BillhookError {
  return new BillhookError(code, detail, { status: 404 })
}

/** 409: the request is fine, the present state forbids it. */
export function conflict(code: string, detail: string, facts?: Facts): BillhookError {
  return new BillhookError(code, detail, { status: 409, facts })
}

/** 400: the request itself is wrong. */
export function invalid(code: string, detail: string, facts?: Facts): BillhookError {
  return new BillhookError(code, detail, { status: 400, facts })
}

/** A bug of ours. It is no BillhookError on purpose: the edge answers 500 and shows nothing of it. */
export class InvariantError extends Error {
  override name = 'InvariantError'
}

/** A non-empty line for logs and rows, whatever was thrown. */
export function errorMessage(cause: unknown): string {
  if (typeof cause === 'string' && cause !== '') return cause
  if (!(cause instanceof Error)) return `thrown value: ${describe(cause)}`
  // A failed query's own message carries the values it was given, which belong to customers; its cause says what is wrong.
  if ('params' in cause && cause.cause instanceof Error) return errorMessage(cause.cause)
  if (cause.message !== '') return cause.message
  // Node reports a refused connection as an AggregateError whose own message is empty.
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.map(errorMessage).join('; ')
  return cause.name
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A cycle or a bigint has no JSON, and reporting a failure must not fail.
    return Object.prototype.toString.call(value)
  }
}
