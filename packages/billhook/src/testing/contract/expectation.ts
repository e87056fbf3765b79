import { inspect, isDeepStrictEqual } from 'node:util'
import { PaymentProviderError, type ProviderErrorCode, providerErrorStatus } from '../../providers/provider-error.ts'

/** A broken guarantee; its message says what was expected and what came. */
export class ContractFailure extends Error {
  override name = 'ContractFailure'
}

export function demand(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new ContractFailure(sentence)
}

export function demandEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  const difference = firstDifference(actual, expected, '')
  const where = difference.path === '' ? '' : ` at ${difference.path}`
  throw new ContractFailure(`${what}: expected ${show(difference.expected)}${where}, got ${show(difference.actual)}`)
}

/** Only the named fields are compared, each as a whole. */
export function demandFields<T extends object>(actual: T | null | undefined, expected: Partial<T>, what: string): void {
  demand(actual, `${what}: expected ${show(expected)}, got ${show(actual)}`)
  for (const key of Object.keys(expected) as Array<keyof T & string>) {
    demandEqual(actual[key], expected[key], `${what}: ${key}`)
  }
}

/** Whatever is thrown must be the one error type that leaves an adapter, with sound facts. */
export async function demandProviderError(call: Promise<unknown>, what: string): Promise<PaymentProviderError> {
  const error = await thrownBy(call)
  demand(error !== nothing, `${what}: expected a PaymentProviderError, but the call succeeded`)
  demand(isProviderError(error), `${what}: expected a PaymentProviderError, but ${show(error)} came out`)
  demand(error.code in providerErrorStatus, `${what}: "${error.code}" is none of the codes of the contract`)
  demand(error.message.trim() !== '', `${what}: the error says nothing`)
  demand(typeof error.retryable === 'boolean', `${what}: the error does not say whether it can be retried`)
  demand(['failed', 'unknown'].includes(error.outcome), `${what}: the error's outcome is ${show(error.outcome)}`)
  return error
}

export async function demandRefusal(
  call: Promise<unknown>,
  codes: ProviderErrorCode | readonly ProviderErrorCode[],
  what: string,
): Promise<PaymentProviderError> {
  const error = await demandProviderError(call, what)
  const allowed: readonly string[] = typeof codes === 'string' ? [codes] : codes
  demand(
    allowed.includes(error.code),
    `${what}: expected ${allowed.join(' or ')}, got ${error.code} (${error.message})`,
  )
  return error
}

/** A value that must be there, as in the first of a list. */
export function demandPresent<T>(value: T | null | undefined, what: string): T {
  demand(value !== null && value !== undefined, `${what} is missing`)
  return value
}

/** By its name as well: an adapter of a third party may carry its own copy of the class. */
function isProviderError(error: unknown): error is PaymentProviderError {
  return error instanceof PaymentProviderError || (error instanceof Error && error.name === 'PaymentProviderError')
}

const nothing = Symbol('nothing was thrown')

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  return nothing
}

interface Difference {
  path: string
  actual: unknown
  expected: unknown
}

/** Where two values first differ, so that a person does not have to compare two whole invoices. */
function firstDifference(actual: unknown, expected: unknown, path: string): Difference {
  if (isTree(actual) && isTree(expected) && Array.isArray(actual) === Array.isArray(expected)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      if (isDeepStrictEqual(actual[key], expected[key])) continue
      return firstDifference(actual[key], expected[key], path === '' ? key : `${path}.${key}`)
    }
  }
  return { path, actual, expected }
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200, maxArrayLength: 10 })
}
