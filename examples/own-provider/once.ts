import {
  type LookupResult,
  type OperationKind,
  PaymentProviderError,
  type ProviderOperation,
  type StateStore,
} from 'billhook'
import { find, revive } from './records.ts'

export type OperationResult = Extract<LookupResult, { outcome: 'succeeded' }>['result']

/** Does the work of an operation once and keeps its answer beside it, in one transaction: asked again, it is answered again. */
export async function once<R extends OperationResult>(
  store: StateStore,
  provider: string,
  { idempotencyKey, input }: ProviderOperation<OperationKind>,
  work: (store: StateStore) => Promise<R>,
): Promise<R> {
  const key = `done/${idempotencyKey}`
  const sent = JSON.stringify(input)
  try {
    return await store.exclusively(async (inner) => {
      const done = await find<{ sent: string; result: R }>(inner, key)
      if (!done) {
        const result = await work(inner)
        await inner.put(key, { sent, result })
        return revive(result)
      }
      if (done.sent === sent) return done.result
      const detail = 'The key was used for something else.'
      throw new PaymentProviderError({ provider, code: 'idempotency_conflict', detail })
    })
  } catch (cause) {
    if (cause instanceof PaymentProviderError) throw cause
    // Nobody can tell whether the last write arrived: that is for lookup to settle.
    const detail = 'The bank did not answer.'
    throw new PaymentProviderError({
      provider,
      code: 'outcome_unknown',
      outcome: 'unknown',
      retryable: true,
      detail,
      cause,
    })
  }
}
