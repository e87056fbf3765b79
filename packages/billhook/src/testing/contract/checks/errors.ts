import { checksOf } from '../check.ts'
import { demand, demandEqual, demandProviderError, demandRefusal } from '../expectation.ts'
import { keptKeys, outages, payingInvoices, planChanges, proration } from '../needs.ts'
import { type ContractSteps, checkoutInput, customerInput, priceInput } from '../steps.ts'
import { failedRenewal, payInvoice } from './invoices.ts'

/** Calls that no provider can carry out, each for another reason. */
async function hopelessCalls(steps: ContractSteps): Promise<Record<string, () => Promise<unknown>>> {
  const { externalCustomerId } = await steps.customer()
  const { externalPriceId } = await steps.price()
  const subscription = await steps.subscribe()
  const [item] = subscription.items
  const items = [{ externalItemId: 'si_GoneLongAgo', externalPriceId: item?.externalPriceId ?? '', quantity: 1 }]
  const noItem = { externalSubscriptionId: subscription.externalSubscriptionId, items, proration: 'none' as const }
  return {
    'a checkout of half a seat': () => steps.checkout({ externalCustomerId, externalPriceId, quantity: 0.5 }),
    'a checkout of less than nothing': () => steps.checkout({ externalCustomerId, externalPriceId, quantity: -1 }),
    'a checkout that leads nowhere': () =>
      steps.checkout({ externalCustomerId, externalPriceId, successUrl: 'nowhere' }),
    'a price of half a cent': () => steps.price({ amount: 0.5 }),
    'a price in no currency': () => steps.price({ currency: 'QQQ' }),
    'a change of an item that is not there': () =>
      steps.provider.updateSubscription(noItem, steps.operation('update_subscription', noItem)),
    'a change to a price that is not there': () => steps.update(subscription, { externalPriceId: 'price_GoneLongAgo' }),
    'a list of a customer who is not there, from a cursor that is not there': () =>
      steps.provider.listInvoices({ externalCustomerId, cursor: 'nowhere' }),
  }
}

async function demandDecline(call: Promise<unknown>, what: string): Promise<void> {
  const error = await demandRefusal(call, ['payment_declined', 'authentication_required'], what)
  demand(error.declineCode, `${what} does not say why: declineCode is missing`)
  demandEqual([error.retryable, error.outcome], [false, 'failed'], `retryable and outcome of ${what}`)
}

export const errorChecks = checksOf('errors', {
  'nothing but PaymentProviderError leaves the adapter, with the account’s name on it': {
    catches: 'lets an error of the SDK or a TypeError through',
    run: async (steps) => {
      for (const [what, call] of Object.entries(await hopelessCalls(steps))) {
        const error = await demandProviderError(call(), what)
        demandEqual(error.provider, steps.provider.providerName, `the provider named by the error of ${what}`)
      }
    },
  },
  'what nobody made is resource_missing, a failure that no repeat will heal': {
    catches: 'answers null, or an error that says try again',
    run: async (steps) => {
      const { provider } = steps
      const reads: Record<string, () => Promise<unknown>> = {
        subscription: () => provider.retrieveSubscription('sub_GoneLongAgo'),
        invoice: () => provider.retrieveInvoice('in_GoneLongAgo'),
        session: () => provider.retrieveCheckoutSession('cs_GoneLongAgo'),
        'cancelled subscription': () => steps.cancel('sub_GoneLongAgo', true),
        'reactivated subscription': () => steps.reactivate('sub_GoneLongAgo'),
        'expired session': () => steps.expire('cs_GoneLongAgo'),
      }
      for (const [what, read] of Object.entries(reads)) {
        const error = await demandRefusal(read(), 'resource_missing', `a missing ${what}`)
        demandEqual([error.retryable, error.outcome], [false, 'failed'], `retryable and outcome of a missing ${what}`)
      }
    },
  },
  'a currency that is none is unsupported_currency': {
    catches: 'passes any three letters on, and fails at the first sale',
    run: async (steps) => {
      await demandRefusal(steps.price({ currency: 'QQQ' }), 'unsupported_currency', 'a price in QQQ')
    },
  },
  'a declined charge is a decline with its code, not to be tried again, or a link to put it right': {
    catches: 'throws a decline without its code, or one that is retried for ever',
    needs: [payingInvoices],
    run: async (steps) => {
      const { open } = await failedRenewal(steps)
      const paying = payInvoice(steps, open)
      const result = await paying.catch(() => null)
      if (result?.outcome === 'requires_action') {
        return demand(/^https?:\/\//.test(result.url), `"${result.url}" is no address to put it right`)
      }
      await demandDecline(paying, 'a declined charge')
    },
  },
  'a change refused for its money is a decline with its code, or waits for the payment': {
    catches: 'throws a decline without its code, or one that is retried for ever',
    needs: [proration('immediate'), planChanges],
    run: async (steps) => {
      const subscription = await steps.subscribe({ card: 'fails_later' })
      const { externalPriceId } = await steps.price({ amount: 9900 })
      const change = steps.update(subscription, { externalPriceId }, 'immediate')
      const outcome = await change.then(
        (result) => result.outcome,
        () => null,
      )
      if (outcome === 'pending_payment') return
      await demandDecline(change, 'a declined change')
    },
  },
  'a read that did not reach the provider can be tried again': {
    catches: 'takes an outage for a missing object or for the end',
    needs: [outages],
    run: async (steps) => {
      const { externalSubscriptionId: id } = await steps.subscribe()
      await steps.cutNextCall()
      const codes = ['provider_unavailable', 'provider_rate_limited'] as const
      const error = await demandRefusal(steps.subscription(id), codes, 'a read during an outage')
      demandEqual(error.retryable, true, 'whether a read that failed can be tried again')
    },
  },
  'the same key with another input is idempotency_conflict': {
    catches: 'answers the first request’s result to a second one that asked for something else',
    needs: [keptKeys],
    run: async (steps) => {
      const operation = steps.operation('create_customer', customerInput)
      await steps.provider.createCustomer(customerInput, operation)
      const other = { ...customerInput, email: 'someone-else@example.test' }
      const repeated = steps.provider.createCustomer(other, { ...operation, input: other })
      await demandRefusal(repeated, 'idempotency_conflict', 'a customer with a used key')
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.publish(priceInput())
      const session = checkoutInput({ externalCustomerId, externalPriceId })
      const forSession = steps.operation('create_checkout_session', session)
      await steps.provider.createCheckoutSession(session, forSession)
      const dearer = { ...session, quantity: 2 }
      const again = steps.provider.createCheckoutSession(dearer, { ...forSession, input: dearer })
      await demandRefusal(again, 'idempotency_conflict', 'a session with a used key')
    },
  },
})
