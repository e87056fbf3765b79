import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandProviderError } from '../expectation.ts'
import { keptCustomers, outages } from '../needs.ts'
import { customerInput } from '../steps.ts'

export const customerChecks = checksOf('customers', {
  'a customer comes back with the name and the email it was made with': {
    catches: 'drops or swaps the name and the email on the way',
    run: async (steps) => {
      const { email, name } = customerInput
      demandFields(await steps.customer(), { email, name, deleted: false }, 'the new customer')
    },
  },
  'a customer carries our organization id': {
    catches: 'forgets to write our reference into the customer’s metadata',
    run: async (steps) => {
      const { reference } = await steps.customer()
      demandEqual(reference.organizationId, customerInput.organizationId, 'the organization in the reference')
    },
  },
  'a known customer is found again and not made twice': {
    catches: 'makes a new customer at each call',
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      const again = await steps.knownCustomer(externalCustomerId)
      demandEqual(again.externalCustomerId, externalCustomerId, 'the customer that was known')
    },
  },
  'a customer who is gone at the provider, or was never known, is made anew': {
    catches: 'answers with an id that is gone, or fails because of it',
    run: async (steps) => {
      for (const known of [null, 'cus_GoneLongAgo000']) {
        const { externalCustomerId } = await steps.knownCustomer(known)
        demand(externalCustomerId !== '', 'the new customer has no id')
        demand(externalCustomerId !== known, `the customer ${known} is gone, and was answered all the same`)
      }
    },
  },
  'two organizations with one email are two customers': {
    catches: 'relinks customers by their email, so one tenant gets another’s cards and invoices',
    run: async (steps) => {
      const first = await steps.customer()
      const second = await steps.customer({ organizationId: 'bhorg_contract_other' })
      demand(
        second.externalCustomerId !== first.externalCustomerId,
        'the second organization was given the first one’s customer',
      )
      demandEqual(second.reference.organizationId, 'bhorg_contract_other', 'the organization of the second customer')
    },
  },
  'an outage while looking a known customer up makes no second one': {
    catches: 'takes every failed look-up for "gone" and makes another customer',
    needs: [outages, keptCustomers],
    run: async (steps) => {
      const { externalCustomerId } = await steps.customer()
      await steps.cutNextCall()
      const error = await demandProviderError(steps.knownCustomer(externalCustomerId), 'a look-up during an outage')
      demand(error.code !== 'resource_missing', 'an outage was reported as a customer that is missing')
    },
  },
})
