import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import type { ContractSteps } from '../steps.ts'

const reference = { organizationId: 'bhorg_contract', checkoutSessionId: 'bhcs_contract' }
const notLive = ['incomplete', 'incomplete_expired', 'canceled']

async function bought(steps: ContractSteps) {
  const session = await steps.openSession({ quantity: 3, reference })
  const paid = await steps.pay(session)
  const id = demandPresent(paid.externalSubscriptionId, 'the subscription of the paid session')
  return { session, paid, subscription: await steps.subscription(id) }
}

export const checkoutChecks = checksOf('checkout', {
  'a new session is open, with a page to pay on, and reads the same afterwards': {
    catches: 'gives no address, or another session than was made',
    run: async (steps) => {
      const session = await steps.openSession()
      demandFields(session, { status: 'open', externalSubscriptionId: null }, 'the new session')
      demand(/^https?:\/\//.test(session.url ?? ''), `"${session.url}" is no address to pay at`)
      demandEqual(await steps.provider.retrieveCheckoutSession(session.externalSessionId), session, 'the session read')
    },
  },
  'a session tells when it expires': {
    catches: 'gives no expiry or one that has passed, so an abandoned session blocks or is never reused',
    run: async (steps) => {
      const expiresAt = demandPresent((await steps.openSession()).expiresAt, 'the expiry of an open session')
      demand(expiresAt > steps.harness.clock.now(), `a new session expired already, at ${expiresAt.toISOString()}`)
    },
  },
  'there is no subscription before the session is paid': {
    catches: 'makes the subscription with the session, so the product is given away',
    run: async (steps) => {
      const { externalCustomerId } = await steps.openSession()
      const filter = { externalCustomerId: demandPresent(externalCustomerId, 'the customer of the session') }
      demandEqual((await steps.provider.listSubscriptions(filter)).data, [], 'subscriptions before the payment')
    },
  },
  'a paid session is complete, names its subscription and has no page to pay on any more': {
    catches: 'leaves a paid session open, so it is paid again',
    run: async (steps) => {
      const { paid, session } = await bought(steps)
      const { externalCustomerId } = session
      demandFields(paid, { status: 'complete', url: null, externalCustomerId }, 'the paid session')
    },
  },
  'the subscription is to exactly what was bought, price and quantity': {
    catches: 'reads the quantity as null, or takes the first price there is',
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.price()
      const paid = await steps.pay(await steps.checkout({ externalCustomerId, externalPriceId, quantity: 3 }))
      const id = demandPresent(paid.externalSubscriptionId, 'the subscription of the paid session')
      const subscription = await steps.subscription(id)
      demandFields(subscription, { status: 'active', externalCustomerId, cancelAt: null }, 'the subscription')
      demandEqual(
        subscription.items.map((item) => [item.externalPriceId, item.quantity]),
        [[externalPriceId, 3]],
        'price and quantity of the items',
      )
      const listed = await steps.provider.listSubscriptions({ externalCustomerId })
      demandEqual(listed.data, [subscription], 'the subscriptions of the customer')
    },
  },
  'the session carries our reference, open and paid': {
    catches: 'forgets our ids on the session, so nobody knows whose purchase it is',
    run: async (steps) => {
      const { session, paid } = await bought(steps)
      demandFields(session.reference, reference, 'the reference of the open session')
      demandFields(paid.reference, reference, 'the reference of the paid session')
    },
  },
  'the subscription carries our reference too': {
    catches: 'puts metadata on the session alone, which providers do not copy to the subscription',
    run: async (steps) => {
      const { subscription } = await bought(steps)
      demandFields(subscription.reference, reference, 'the reference of the subscription')
    },
  },
  'a declined card leaves the session open, without a live subscription and without money taken': {
    catches: 'completes the session whatever the card says',
    run: async (steps) => {
      const session = await steps.openSession()
      const filter = { externalCustomerId: demandPresent(session.externalCustomerId, 'the customer of the session') }
      demandEqual((await steps.pay(session, 'declines')).status, 'open', 'the session after a decline')
      const { data: subscriptions } = await steps.provider.listSubscriptions(filter)
      const live = subscriptions.filter(({ status }) => !notLive.includes(status))
      demandEqual(live, [], 'live subscriptions after a decline')
      const { data: invoices } = await steps.provider.listInvoices(filter)
      demandEqual(
        invoices.map(({ amountPaid }) => amountPaid).filter((amount) => amount > 0),
        [],
        'money taken by a declined card',
      )
    },
  },
  'an expired session has no page any more, and expiring it again is a success': {
    catches: 'fails when a session is expired twice, or leaves its page open to pay on',
    run: async (steps) => {
      const { externalSessionId } = await steps.openSession()
      for (const which of ['the expired session', 'the session expired again']) {
        const expired = await steps.expire(externalSessionId)
        demandFields(expired, { status: 'expired', url: null, externalSubscriptionId: null }, which)
      }
    },
  },
  'expiring a session that was paid answers complete': {
    catches: 'reports a paid session as expired, so the purchase is forgotten',
    run: async (steps) => {
      const { paid } = await bought(steps)
      demandEqual(await steps.expire(paid.externalSessionId), paid, 'the paid session, expired too late')
    },
  },
  'a missing price or customer is refused as resource_missing': {
    catches: 'answers another error for what is gone, so nobody makes it anew',
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      const { externalPriceId } = await steps.price()
      const gone = [
        { externalCustomerId, externalPriceId: 'price_GoneLongAgo' },
        { externalCustomerId: 'cus_GoneLongAgo', externalPriceId },
      ]
      for (const input of gone) {
        await demandRefusal(steps.checkout(input), 'resource_missing', `a session of ${JSON.stringify(input)}`)
      }
    },
  },
})
