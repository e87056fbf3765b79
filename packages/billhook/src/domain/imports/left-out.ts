import { isDatabaseUnavailable, sqlState } from '../../db/index.ts'
import { BillhookError, errorMessage } from '../../primitives/index.ts'
import { PaymentProviderError } from '../../providers/provider.ts'

export interface LeftOut {
  left_out: { code: string; reason: string }
}

export const leftOut = (code: string, reason: string): LeftOut => ({ left_out: { code, reason } })

/** Integrity and data errors: the row is what is wrong. 42501: it belongs to another organization. */
const rowStates = /^(22|23|42501)/

/** Why one object does not fit; null for a failure that has nothing to do with it, which must stop the import. */
export function refusalOf(error: unknown): LeftOut | null {
  if (error instanceof PaymentProviderError)
    return error.retryable || error.code === 'provider_misconfigured' ? null : leftOut(error.code, error.message)
  if (error instanceof BillhookError) return error.status >= 500 ? null : leftOut(error.code, error.message)
  if (isDatabaseUnavailable(error) || !rowStates.test(sqlState(error) ?? '')) return null
  return leftOut('refused_by_database', errorMessage(rootOf(error)))
}

const rootOf = (error: unknown): unknown => (error instanceof Error && error.cause ? rootOf(error.cause) : error)

/** Runs one object's work; what does not fit is answered, anything else is thrown. */
export async function orLeftOut<T>(work: () => Promise<T>): Promise<T | LeftOut> {
  try {
    return await work()
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) throw error
    return refusal
  }
}
