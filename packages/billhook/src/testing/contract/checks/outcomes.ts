import type { AnyProviderOperation, LookupResult } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandProviderError } from '../expectation.ts'
import { cancelLater, lostAnswers, outages, pauseOf, planChanges, proration, reactivation, refunds } from '../needs.ts'
import { type ContractSteps, checkoutInput, customerInput, priceInput } from '../steps.ts'
import { paidOnce, refund } from './refunds.ts'

async function demandFound(steps: ContractSteps, operation: AnyProviderOperation, result: object): Promise<void> {
  const found: LookupResult = await steps.provider.lookup(operation)
  demandEqual(found.outcome, 'succeeded', `the look-up of a ${operation.kind} that was done`)
  if (found.outcome === 'succeeded') demandFields(found.result, result, `what the ${operation.kind} made`)
}

async function demandNotFound(steps: ContractSteps, operation: AnyProviderOperation): Promise<void> {
  // Twice: what acts instead of looking finds its own work the second time.
  for (let times = 0; times < 2; times += 1) {
    const { outcome } = await steps.provider.lookup(operation)
    demandEqual(outcome, 'not_found', `the look-up of a ${operation.kind} that nobody did`)
  }
}

/** Runs a call whose answer is lost on the way back. */
async function demandUnknown(steps: ContractSteps, what: string, call: () => Promise<unknown>): Promise<void> {
  await steps.loseNextAnswer()
  const error = await demandProviderError(call(), `${what} whose answer was lost`)
  demandEqual(error.outcome, 'unknown', `the outcome of ${what} whose answer was lost`)
}

async function aCheckout(steps: ContractSteps) {
  const { externalCustomerId } = await steps.customer()
  const { externalPriceId } = await steps.price()
  const input = checkoutInput({ externalCustomerId, externalPriceId })
  return { input, operation: steps.operation('create_checkout_session', input) }
}

async function anUpgrade(steps: ContractSteps, mode = steps.provider.capabilities.changePlan.proration[0] ?? 'none') {
  const subscription = await steps.subscribe()
  const { externalPriceId } = await steps.price({ amount: 9900 })
  const input = steps.updateInput(subscription, { externalPriceId }, mode)
  const id = subscription.externalSubscriptionId
  return { id, subscription, input, operation: steps.operation('update_subscription', input) }
}

async function aCancellation(steps: ContractSteps) {
  const { externalSubscriptionId } = await steps.subscribe()
  const input = { externalSubscriptionId, atPeriodEnd: true }
  return { id: externalSubscriptionId, input, operation: steps.operation('cancel_subscription', input) }
}

const repeatedChecks = checksOf('outcomes', {
  'one operation makes one customer, repeated and at once': {
    catches: 'ignores the idempotency key',
    run: async (steps) => {
      const operation = steps.operation('create_customer', customerInput)
      const create = () => steps.provider.createCustomer(customerInput, operation)
      const made = [...(await Promise.all([create(), create()])), await create()]
      demandEqual(new Set(made.map(({ externalCustomerId }) => externalCustomerId)).size, 1, 'customers made')
    },
  },
  'one operation opens one checkout session': {
    catches: 'ignores the idempotency key, so two pages can be paid',
    run: async (steps) => {
      const { input, operation } = await aCheckout(steps)
      const first = await steps.provider.createCheckoutSession(input, operation)
      const second = await steps.provider.createCheckoutSession(input, operation)
      demandEqual(second.externalSessionId, first.externalSessionId, 'the session of the repeated operation')
    },
  },
  'one operation charges a change once, however often it is repeated': {
    catches: 'charges again when a change is repeated',
    needs: [proration('immediate'), planChanges],
    run: async (steps) => {
      const { id, input, operation } = await anUpgrade(steps, 'immediate')
      for (let times = 0; times < 3; times += 1) await steps.provider.updateSubscription(input, operation)
      demandEqual((await steps.invoices(id)).length, 2, 'invoices after one change, sent three times')
    },
  },
})

const lookupChecks = checksOf('outcomes', {
  'lookup finds what an operation made: a customer, a price, a session': {
    catches: 'says not_found of what was done, so it is done again',
    run: async (steps) => {
      const forCustomer = steps.operation('create_customer', customerInput)
      const { externalCustomerId } = await steps.provider.createCustomer(customerInput, forCustomer)
      await demandFound(steps, forCustomer, { externalCustomerId })
      const price = priceInput()
      const forPrice = steps.operation('publish_price', price)
      await demandFound(steps, forPrice, await steps.provider.publishPrice(price, forPrice))
      const { input, operation } = await aCheckout(steps)
      const { externalSessionId } = await steps.provider.createCheckoutSession(input, operation)
      await demandFound(steps, operation, { externalSessionId })
    },
  },
  'lookup finds a cancellation that was done, with the subscription as it is now': {
    catches: 'says not_found of a cancellation that was done, or answers with an old snapshot',
    needs: [cancelLater],
    run: async (steps) => {
      const { id, input, operation } = await aCancellation(steps)
      await steps.provider.cancelSubscription(input, operation)
      await demandFound(steps, operation, { subscription: await steps.subscription(id) })
    },
  },
  'lookup finds a change that was done, and does not find it before': {
    catches: 'compares the wrong item, or the plan alone',
    needs: [planChanges],
    run: async (steps) => {
      const { id, input, operation } = await anUpgrade(steps)
      await demandNotFound(steps, operation)
      await steps.provider.updateSubscription(input, operation)
      await demandFound(steps, operation, { subscription: await steps.subscription(id) })
    },
  },
  'lookup finds a reactivation and an expired session': {
    catches: 'knows how to look for some kinds of operations only',
    needs: [cancelLater, reactivation],
    run: async (steps) => {
      const { id, input, operation } = await aCancellation(steps)
      await steps.provider.cancelSubscription(input, operation)
      const back = { externalSubscriptionId: id }
      const forBack = steps.operation('reactivate_subscription', back)
      await demandNotFound(steps, forBack)
      await steps.provider.reactivateSubscription(back, forBack)
      await demandFound(steps, forBack, { subscription: await steps.subscription(id) })
      const { externalSessionId } = await steps.openSession()
      const forExpiry = steps.operation('expire_checkout_session', { externalSessionId })
      await demandNotFound(steps, forExpiry)
      await steps.provider.expireCheckoutSession({ externalSessionId }, forExpiry)
      await demandFound(steps, forExpiry, { status: 'expired' })
    },
  },
  'lookup finds a pause, and does not find it before': {
    catches: 'knows how to look for some kinds of operations only',
    needs: [pauseOf('collection')],
    run: async (steps) => {
      const { externalSubscriptionId } = await steps.subscribe()
      const input = { externalSubscriptionId, kind: 'collection' as const }
      const operation = steps.operation('pause_subscription', input)
      await demandNotFound(steps, operation)
      await steps.provider.pause?.pauseSubscription(input, operation)
      await demandFound(steps, operation, { subscription: await steps.subscription(externalSubscriptionId) })
    },
  },
  'lookup finds a refund, and does not find it before': {
    catches: 'says not_found of a refund that was done, so the money goes back twice',
    needs: [refunds],
    run: async (steps) => {
      const { input } = await paidOnce(steps)
      const operation = steps.operation('create_refund', input(2900))
      await demandNotFound(steps, operation)
      const { externalRefundId } = await refund(steps, input(2900), operation)
      await demandFound(steps, operation, { externalRefundId })
    },
  },
  'lookup says not_found of what never happened': {
    catches: 'says succeeded of everything, so a lost purchase is never tried again',
    run: async (steps) => {
      await demandNotFound(steps, steps.operation('publish_price', priceInput()))
      await demandNotFound(steps, (await aCheckout(steps)).operation)
    },
  },
  'customers are claimed exactly if it keeps them: one that nobody made is not found': {
    catches: 'claims to keep customers and finds those that nobody made, or keeps them and claims none',
    run: async (steps) => {
      const operation = steps.operation('create_customer', customerInput)
      if (steps.provider.capabilities.customers === 'provider') return demandNotFound(steps, operation)
      const made = await steps.provider.createCustomer(customerInput, steps.operation('create_customer', customerInput))
      const { externalCustomerId } = made
      await demandFound(steps, operation, { externalCustomerId })
    },
  },
  'lookup looks and never acts': {
    catches: 'repeats the call in order to learn what became of it',
    needs: [cancelLater],
    run: async (steps) => {
      const { id, operation } = await aCancellation(steps)
      const before = await steps.subscription(id)
      await steps.provider.lookup(operation)
      demandEqual(await steps.subscription(id), before, 'the subscription after a look-up')
    },
  },
  'a lookup that could not look says unknown or fails for now, never not_found': {
    catches: 'takes an outage for "it did not happen", so it is done again',
    needs: [outages],
    run: async (steps) => {
      const { input, operation } = await aCheckout(steps)
      await steps.provider.createCheckoutSession(input, operation)
      await steps.cutNextCall()
      const looking = steps.provider.lookup(operation)
      const found = await looking.then(
        ({ outcome }) => outcome,
        () => null,
      )
      if (found !== null)
        return demand(found !== 'not_found', 'during an outage lookup said not_found of what was done')
      const { retryable } = await demandProviderError(looking, 'a look-up during an outage')
      demandEqual(retryable, true, 'whether the look-up can be tried again')
    },
  },
})

const lostChecks = checksOf('outcomes', {
  'a lost answer is an unknown outcome, whatever was asked for': {
    catches: 'reports a timeout as failed, so the call is made again under another key',
    needs: [lostAnswers],
    run: async (steps) => {
      if (steps.provider.capabilities.customers === 'provider') {
        await demandUnknown(steps, 'a new customer', () => steps.customer())
      }
      const { input, operation } = await aCheckout(steps)
      await demandUnknown(steps, 'a checkout', () => steps.provider.createCheckoutSession(input, operation))
      const { externalSubscriptionId: id } = await steps.subscribe()
      await demandUnknown(steps, 'a cancellation', () =>
        steps.cancel(id, steps.provider.capabilities.cancel.atPeriodEnd),
      )
    },
  },
  'what was done while the answer was lost is found, and its repeat makes nothing twice': {
    catches: 'loses track of what it did when the connection broke',
    needs: [lostAnswers],
    run: async (steps) => {
      const { input, operation } = await aCheckout(steps)
      const create = () => steps.provider.createCheckoutSession(input, operation)
      await demandUnknown(steps, 'a checkout', create)
      const found = await steps.provider.lookup(operation)
      demandEqual(found.outcome, 'succeeded', 'the look-up after the lost answer')
      await demandFound(steps, operation, { externalSessionId: (await create()).externalSessionId })
    },
  },
  'a charge whose answer was lost is charged once': {
    catches: 'charges a second time when the first answer was lost',
    needs: [lostAnswers, proration('immediate'), planChanges],
    run: async (steps) => {
      const { id, input, operation } = await anUpgrade(steps, 'immediate')
      const change = () => steps.provider.updateSubscription(input, operation)
      await demandUnknown(steps, 'a change', change)
      demandEqual((await steps.provider.lookup(operation)).outcome, 'succeeded', 'the look-up of the change')
      await change()
      demandEqual((await steps.invoices(id)).length, 2, 'invoices after one change')
    },
  },
  'a refund whose answer was lost is made once': {
    catches: 'refunds a second time when the first answer was lost',
    needs: [lostAnswers, refunds],
    run: async (steps) => {
      const { invoice, input } = await paidOnce(steps)
      const operation = steps.operation('create_refund', input(2900))
      await demandUnknown(steps, 'a refund', () => refund(steps, input(2900), operation))
      demandEqual((await steps.provider.lookup(operation)).outcome, 'succeeded', 'the look-up of the refund')
      await refund(steps, input(2900), operation)
      const after = await steps.provider.retrieveInvoice(invoice.externalInvoiceId)
      demandEqual(demandPresent(after, 'the invoice').amountRefunded, 2900, 'refunded in the end')
    },
  },
})

export const outcomeChecks = [...repeatedChecks, ...lookupChecks, ...lostChecks]
