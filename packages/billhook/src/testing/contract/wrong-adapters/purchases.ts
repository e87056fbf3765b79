import { randomUUID } from 'node:crypto'
import type { CustomerData, PublishPriceInput } from '../../../providers/provider.ts'
import { misreading, mistakesAgainst, rejected } from './wrong-adapter.ts'

const customers = mistakesAgainst('customers', {
  'a customer comes back with the name and the email it was made with': {
    'swaps name and email': misreading({ customer: (data) => ({ ...data, name: data.email, email: data.name }) }),
  },
  'a customer carries our organization id': {
    'forgets the metadata of the customer': misreading({ customer: (data) => ({ ...data, reference: {} }) }),
  },
  'a known customer is found again and not made twice': {
    'makes a new customer at each call': (right) => ({
      getOrCreateCustomer: ({ externalCustomerId: _, ...input }, operation) => right.createCustomer(input, operation),
    }),
  },
  'a customer who is gone at the provider, or was never known, is made anew': {
    'trusts the id it is given without a look': (right) => ({
      getOrCreateCustomer: async (input, operation) => {
        const customer = await right.getOrCreateCustomer(input, operation)
        return { ...customer, externalCustomerId: input.externalCustomerId ?? customer.externalCustomerId }
      },
    }),
  },
  'two organizations with one email are two customers': {
    'relinks by email': (right) => {
      const byEmail = new Map<string, CustomerData>()
      return {
        createCustomer: async (input, operation) => {
          const customer = byEmail.get(input.email) ?? (await right.createCustomer(input, operation))
          byEmail.set(input.email, customer)
          return customer
        },
      }
    },
  },
  'an outage while looking a known customer up makes no second one': {
    'takes every failure for a customer that is gone': (right) => ({
      getOrCreateCustomer: (input, operation) =>
        right.getOrCreateCustomer(input, operation).catch(() => {
          const { externalCustomerId: _, ...fresh } = input
          return right.createCustomer(fresh, operation)
        }),
    }),
  },
})

const prices = mistakesAgainst('prices', {
  'a price published twice, by two operations, is one price of one product': {
    'makes a price at each publication': (right) => ({
      publishPrice: ({ plan, price }, operation) =>
        right.publishPrice({ plan, price: { ...price, id: randomUUID() } }, operation),
    }),
  },
  'a price that bills usage is bought along with another, without a quantity': {
    'leaves it out of the checkout': (right) => ({
      createCheckoutSession: ({ meteredExternalPriceIds: _, ...input }, operation) =>
        right.createCheckoutSession(input, operation),
    }),
    'sells one of it': misreading({
      subscription: (data) => ({
        ...data,
        items: data.items.map((item) => ({ ...item, quantity: item.quantity ?? 1 })),
      }),
    }),
  },
  'a price that bills usage is published twice as one, and never edited': {
    'makes a price at each publication': (right) => ({
      publishPrice: ({ plan, price }, operation) =>
        right.publishPrice({ plan, price: { ...price, id: randomUUID() } }, operation),
    }),
  },
  'a price that bills usage is unsupported where none is claimed': {
    'publishes it as one that costs nothing': (right) => ({
      publishPrice: ({ plan, price: { metered: _, ...price } }, operation) =>
        right.publishPrice({ plan, price }, operation),
    }),
  },
  'the prices of one plan share its product': {
    'makes a product for each price': (right) => ({
      publishPrice: ({ plan, price }, operation) =>
        right.publishPrice({ plan: { ...plan, id: price.id, externalProductId: null }, price }, operation),
    }),
  },
  'a published price never changes: another amount under its id is refused': {
    'answers the old price for the new amount': (right) => {
      const published = new Map<string, PublishPriceInput>()
      return {
        publishPrice: (input, operation) => {
          const known = published.get(input.price.id) ?? input
          published.set(input.price.id, known)
          return right.publishPrice(known, operation)
        },
      }
    },
  },
  'days, weeks, months and years are periods of that length, counted with the interval count': {
    'drops the interval count': (right) => ({
      publishPrice: ({ plan, price }, operation) =>
        right.publishPrice({ plan, price: { ...price, intervalCount: 1 } }, operation),
    }),
    'bills years as months': (right) => ({
      publishPrice: ({ plan, price }, operation) => {
        const interval = price.interval === 'year' ? 'month' : price.interval
        return right.publishPrice({ plan, price: { ...price, interval } }, operation)
      },
    }),
  },
  'the amount and the currency that were published are the ones that are charged': {
    'charges in the currency of the account': (right) => ({
      publishPrice: ({ plan, price }, operation) =>
        right.publishPrice({ plan, price: { ...price, currency: 'USD' } }, operation),
    }),
  },
})

const checkout = mistakesAgainst('checkout', {
  'a new session is open, with a page to pay on, and reads the same afterwards': {
    'asks for an embedded page, which has no address': misreading({ session: (data) => ({ ...data, url: null }) }),
  },
  'a session tells when it expires': {
    'reads the expiry in milliseconds that are seconds': misreading({
      session: (data) => ({ ...data, expiresAt: data.expiresAt && new Date(data.expiresAt.getTime() / 1000) }),
    }),
    'leaves the expiry out': misreading({ session: (data) => ({ ...data, expiresAt: null }) }),
  },
  'there is no subscription before the session is paid': {
    'makes the subscription with the session, before anybody approved it': (right, { pay }) => ({
      createCheckoutSession: async (input, operation) => {
        const session = await right.createCheckoutSession(input, operation)
        await pay(session.url ?? '')
        return session
      },
    }),
  },
  'a paid session is complete, names its subscription and has no page to pay on any more': {
    'shows a paid session as open': misreading({ session: (data) => ({ ...data, status: 'open' }) }),
    'goes on to show the page of a paid session': misreading({
      session: (data) => ({ ...data, url: data.url ?? 'https://pay.example.test/again' }),
    }),
  },
  'the subscription is to exactly what was bought, price and quantity': {
    'reads the quantity as null': misreading({
      subscription: (data) => ({ ...data, items: data.items.map((item) => ({ ...item, quantity: null })) }),
    }),
    'always sells one': (right) => ({
      createCheckoutSession: (input, operation) => right.createCheckoutSession({ ...input, quantity: 1 }, operation),
    }),
  },
  'the session carries our reference, open and paid': {
    'forgets the metadata of the session': misreading({ session: (data) => ({ ...data, reference: {} }) }),
  },
  'the subscription carries our reference too': {
    'sets metadata on the session alone': misreading({ subscription: (data) => ({ ...data, reference: {} }) }),
  },
  'a declined card leaves the session open, without a live subscription and without money taken': {
    'takes coming back from the page for a payment': misreading({
      session: (data) => ({ ...data, status: 'complete' }),
    }),
  },
  'an expired session has no page any more, and expiring it again is a success': {
    'throws when a session is expired twice': (right) => ({
      expireCheckoutSession: async (input, operation) => {
        const { status } = await right.retrieveCheckoutSession(input.externalSessionId)
        if (status === 'open') return right.expireCheckoutSession(input, operation)
        throw rejected(right.providerName)
      },
    }),
    'leaves the page of an expired session': misreading({
      session: (data) => ({ ...data, url: data.url ?? 'https://pay.example.test/again' }),
    }),
  },
  'expiring a session that was paid answers complete': {
    'reports a paid session as expired': (right) => ({
      expireCheckoutSession: async (input, operation) => ({
        ...(await right.expireCheckoutSession(input, operation)),
        status: 'expired',
      }),
    }),
  },
  'a missing price or customer is refused as resource_missing': {
    'answers one error for everything': (right) => ({
      createCheckoutSession: (input, operation) =>
        right.createCheckoutSession(input, operation).catch(() => Promise.reject(rejected(right.providerName))),
    }),
  },
})

export const wrongPurchases = [...customers, ...prices, ...checkout]
