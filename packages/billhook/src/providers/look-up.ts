import type { LookupResult, OperationKind, OperationKinds, ProviderOperation } from './operation.ts'
import { PaymentProviderError } from './provider-error.ts'

/** How a provider finds out, for each kind of operation, whether it happened. The compiler demands every kind. */
export type Lookups<Client> = {
  [K in OperationKind]: (client: Client, operation: ProviderOperation<K>) => Promise<LookupResult<K>>
}

export const notFound = { outcome: 'not_found' } as const
export const unknown = { outcome: 'unknown' } as const

export function succeeded<T extends OperationKinds[OperationKind]['result']>(
  result: T,
): { outcome: 'succeeded'; result: T } {
  return { outcome: 'succeeded', result }
}

/** Looks, never acts. What cannot be read now stays unknown; what is not there was not done. */
export async function lookUp<Client, K extends OperationKind>(
  lookups: Lookups<Client>,
  client: Client,
  operation: ProviderOperation<K>,
): Promise<LookupResult<K>> {
  try {
    return await lookups[operation.kind](client, operation)
  } catch (error) {
    if (!(error instanceof PaymentProviderError)) throw error
    if (error.code === 'resource_missing') return notFound
    if (error.retryable) return unknown
    throw error
  }
}
