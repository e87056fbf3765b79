import { BillhookError, errorMessage, isDatabaseUnavailable, sqlState } from 'billhook'
import { ConfigurationError } from './configuration-error.ts'

/** Classes of SQLSTATE that the person who wrote DATABASE_URL can put right: login, unknown database, missing rights. */
const connectionStates = /^(28|3D|42501)/

/** One sentence for a failure that is not a bug; null for a bug. */
export function explainFailure(error: unknown): string | null {
  if (error instanceof ConfigurationError || error instanceof BillhookError) return error.message
  if (isDatabaseUnavailable(error) || connectionStates.test(sqlState(error) ?? '')) {
    return `DATABASE_URL names a database that cannot be used: ${errorMessage(rootOf(error))}.`
  }
  return null
}

const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error
