import {
  type BasePaymentProvider,
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

/** What an operation did is remembered with it; what it did it to is looked at as it is now. */
export async function lookUp(
  store: StateStore,
  provider: BasePaymentProvider,
  idempotencyKey: string,
): Promise<LookupResult> {
  const done = await find<{ result: OperationResult }>(store, `done/${idempotencyKey}`)
  if (!done) return { outcome: 'not_found' }
  const { result } = done
  if ('subscription' in result) {
    const subscription = await provider.retrieveSubscription(result.subscription.externalSubscriptionId)
    return { outcome: 'succeeded', result: { ...result, subscription } }
  }
  if ('externalSessionId' in result) {
    return { outcome: 'succeeded', result: await provider.retrieveCheckoutSession(result.externalSessionId) }
  }
  return { outcome: 'succeeded', result }
}
