import {
  type BasePaymentProvider,
  type CustomerData,
  type LookupResult,
  type OperationKind,
  PaymentProviderError,
  type UpdateSubscriptionInput,
} from '../../../providers/provider.ts'
import {
  abilityOf,
  type Deviate,
  failure,
  mistakesAgainst,
  newOperation,
  onError,
  withNewKey,
} from './wrong-adapter.ts'

const declinedWithoutCode = (right: BasePaymentProvider) => failure(right.providerName, 'payment_declined')
const declinedForNow = ({ providerName: provider }: BasePaymentProvider) =>
  new PaymentProviderError({ provider, code: 'payment_declined', detail: 'No.', declineCode: 'no', retryable: true })

const refusedChange = (error: (right: BasePaymentProvider) => Error): Deviate => {
  return (right) => ({
    updateSubscription: (...call) =>
      onError(right.updateSubscription(...call), 'payment_declined', () => {
        throw error(right)
      }),
  })
}

const refusedPayment = (error: (right: BasePaymentProvider) => Error): Deviate => {
  return (right) => ({
    payInvoice: async (...call) => {
      const result = await abilityOf(right.payInvoice).apply(right, call)
      if (result.outcome === 'paid') return result
      throw error(right)
    },
  })
}

const errors = mistakesAgainst('errors', {
  'nothing but PaymentProviderError leaves the adapter, with the account’s name on it': {
    'lets an error of the SDK through': (right) => ({
      createCheckoutSession: (...call) =>
        right.createCheckoutSession(...call).catch((error: Error) => Promise.reject(new TypeError(error.message))),
    }),
    'names another account': (right) => ({
      publishPrice: (...call) =>
        right.publishPrice(...call).catch(() => Promise.reject(failure('another-account', 'provider_rejected'))),
    }),
  },
  'what nobody made is resource_missing, a failure that no repeat will heal': {
    'says to try again': (right) => ({
      retrieveInvoice: (id) =>
        onError(right.retrieveInvoice(id), 'resource_missing', () => {
          throw failure(right.providerName, 'provider_unavailable')
        }),
    }),
  },
  'a currency that is none is unsupported_currency': {
    'sells in any three letters': (right) => ({
      publishPrice: (input, operation) =>
        onError(right.publishPrice(input, operation), 'unsupported_currency', () => ({
          externalPriceId: 'price_in_no_currency',
          externalProductId: 'prod_in_no_currency',
        })),
    }),
  },
  'a declined charge is a decline with its code, not to be tried again, or a link to put it right': {
    'declines without a code': refusedPayment(declinedWithoutCode),
    'declines and says try again': refusedPayment(declinedForNow),
  },
  'a change refused for its money is a decline with its code, or waits for the payment': {
    'declines without a code': refusedChange(declinedWithoutCode),
    'declines and says try again': refusedChange(declinedForNow),
  },
  'a read that did not reach the provider can be tried again': {
    'takes an outage for a missing object': (right) => ({
      retrieveSubscription: (id) =>
        onError(right.retrieveSubscription(id), 'provider_unavailable', () => {
          throw failure(right.providerName, 'resource_missing')
        }),
    }),
  },
  'the same key with another input is idempotency_conflict': {
    'answers the first result to every input': (right) => {
      const byKey = new Map<string, Promise<CustomerData>>()
      return {
        createCustomer: (input, operation) => {
          const made = byKey.get(operation.idempotencyKey) ?? right.createCustomer(input, operation)
          byKey.set(operation.idempotencyKey, made)
          return made
        },
      }
    },
  },
})

/** Reports a timeout as a failure that may be tried again. */
function hastily<T>(right: BasePaymentProvider, call: Promise<T>): Promise<T> {
  return onError(call, 'outcome_unknown', () => {
    throw failure(right.providerName, 'provider_unavailable')
  })
}

/** Finds nothing of some kinds of operations. */
const blindTo = (...kinds: OperationKind[]): Deviate => {
  return (right) => ({
    lookup: async (operation): Promise<LookupResult> =>
      kinds.includes(operation.kind) ? { outcome: 'not_found' } : right.lookup(operation),
  })
}

const repeats = mistakesAgainst('outcomes', {
  'one operation makes one customer, repeated and at once': {
    'ignores the idempotency key': (right) => ({
      createCustomer: (input, operation) => right.createCustomer(input, withNewKey(operation)),
    }),
  },
  'one operation opens one checkout session': {
    'ignores the idempotency key': (right) => ({
      createCheckoutSession: (input, operation) => right.createCheckoutSession(input, withNewKey(operation)),
    }),
  },
  'one operation charges a change once, however often it is repeated': {
    'undoes and charges again': (right) => {
      const undo = new Map<string, UpdateSubscriptionInput>()
      return {
        updateSubscription: async (input, operation) => {
          const { externalSubscriptionId } = input
          const back = undo.get(externalSubscriptionId)
          if (back) await right.updateSubscription(back, newOperation('update_subscription', back))
          const { items } = await right.retrieveSubscription(externalSubscriptionId)
          const before = items.map((item) => ({ ...item, quantity: item.quantity ?? 1 }))
          undo.set(externalSubscriptionId, { externalSubscriptionId, items: before, proration: 'none' })
          return right.updateSubscription(input, withNewKey(operation))
        },
      }
    },
  },
})

const lookups = mistakesAgainst('outcomes', {
  'lookup finds what an operation made: a customer, a price, a session': {
    'does not look for customers': blindTo('create_customer'),
    'does not look for prices': blindTo('publish_price'),
    'does not look for sessions': blindTo('create_checkout_session'),
  },
  'lookup finds a cancellation that was done, with the subscription as it is now': {
    'does not look for cancellations': blindTo('cancel_subscription'),
    'answers with the subscription as it was': (right) => ({
      lookup: async (operation): Promise<LookupResult> => {
        const found = await right.lookup(operation)
        if (found.outcome !== 'succeeded' || !('subscription' in found.result)) return found
        const subscription = { ...found.result.subscription, cancelAt: null }
        return { outcome: 'succeeded', result: { outcome: 'applied', subscription } }
      },
    }),
  },
  'lookup finds a change that was done, and does not find it before': {
    'finds every change, done or not': (right) => ({
      lookup: async (operation): Promise<LookupResult> => {
        if (operation.kind !== 'update_subscription') return right.lookup(operation)
        const subscription = await right.retrieveSubscription(operation.input.externalSubscriptionId)
        return { outcome: 'succeeded', result: { outcome: 'applied', subscription } }
      },
    }),
  },
  'lookup finds a reactivation and an expired session': {
    'does not look for reactivations': blindTo('reactivate_subscription'),
    'does not look for expired sessions': blindTo('expire_checkout_session'),
  },
  'lookup finds a pause, and does not find it before': { 'does not look for pauses': blindTo('pause_subscription') },
  'lookup finds a refund, and does not find it before': { 'does not look for refunds': blindTo('create_refund') },
  'lookup says not_found of what never happened': {
    'says succeeded of everything': (right) => ({
      lookup: async (operation): Promise<LookupResult> => {
        const found = await right.lookup(operation)
        if (found.outcome !== 'not_found') return found
        const price = { externalPriceId: 'price_made_up', externalProductId: 'prod_made_up' }
        return { outcome: 'succeeded', result: price }
      },
    }),
  },
  'customers are claimed exactly if it keeps them: one that nobody made is not found': {
    'keeps them and claims none': ({ capabilities }) => ({ capabilities: { ...capabilities, customers: 'none' } }),
    'finds those that nobody made': (right) => ({
      lookup: async (operation): Promise<LookupResult> => {
        if (operation.kind !== 'create_customer') return right.lookup(operation)
        const { email, name } = operation.input
        const made = { externalCustomerId: 'cus_MadeUp', email, name, currency: null, deleted: false, reference: {} }
        return { outcome: 'succeeded', result: made }
      },
    }),
  },
  'lookup looks and never acts': {
    'cancels in order to see whether it was cancelled': (right) => ({
      lookup: async (operation): Promise<LookupResult> => {
        if (operation.kind !== 'cancel_subscription') return right.lookup(operation)
        return { outcome: 'succeeded', result: await right.cancelSubscription(operation.input, operation) }
      },
    }),
  },
  'a lookup that could not look says unknown or fails for now, never not_found': {
    'takes an outage for "not found"': (right) => ({
      lookup: (operation) => right.lookup(operation).catch((): LookupResult => ({ outcome: 'not_found' })),
    }),
  },
})

const losses = mistakesAgainst('outcomes', {
  'a lost answer is an unknown outcome, whatever was asked for': {
    'reports a timeout as failed, for customers': (right) => ({
      createCustomer: (...call) => hastily(right, right.createCustomer(...call)),
    }),
    'reports a timeout as failed, for cancellations': (right) => ({
      cancelSubscription: (...call) => hastily(right, right.cancelSubscription(...call)),
    }),
  },
  'what was done while the answer was lost is found, and its repeat makes nothing twice': {
    'forgets what it did under which key': (right) => ({
      createCheckoutSession: (input, operation) => right.createCheckoutSession(input, withNewKey(operation)),
    }),
  },
  'a charge whose answer was lost is charged once': {
    'does not look for changes': blindTo('update_subscription'),
    'reports a timeout as failed': (right) => ({
      updateSubscription: (...call) => hastily(right, right.updateSubscription(...call)),
    }),
  },
  'a refund whose answer was lost is made once': {
    'does not look for refunds': blindTo('create_refund'),
    'refunds again under another key': ({ refunds }) => {
      const right = abilityOf(refunds)
      return {
        refunds: {
          createRefund: (input, operation) => right.createRefund(input, withNewKey(operation)),
          retrieveRefund: (id) => right.retrieveRefund(id),
        },
      }
    },
  },
})

export const wrongFailures = [...errors, ...repeats, ...lookups, ...losses]
