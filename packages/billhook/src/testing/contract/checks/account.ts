import type { AccountAbility, AccountPage } from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandPresent, demandRefusal } from '../expectation.ts'
import { wholeAccount } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'

/** Read one object a page, so that every cursor counts. */
async function readAll<T>(
  steps: ContractSteps,
  list: (request: { cursor: string | null; limit: number }) => Promise<AccountPage<T>>,
): Promise<T[]> {
  return steps.pages(async (cursor) => {
    const page = await list({ cursor, limit: 1 })
    demandEqual(page.unreadable, [], 'what could not be read of a sound account')
    return page
  })
}

/** Two customers, one of whom has gone. */
async function twoCustomers(steps: ContractSteps) {
  const account: AccountAbility = demandPresent(steps.provider.account, 'the ability to read the account')
  const live = await steps.subscribe()
  const ended = await steps.subscribe({ organizationId: 'bhorg_contract_other' })
  await steps.cancel(ended.externalSubscriptionId, false)
  return { account, subscriptions: [live, ended] }
}

function demandEach(found: string[], expected: string[], what: string): void {
  demandEqual(found.toSorted(), expected.toSorted(), what)
}

export const accountChecks = checksOf('honesty', {
  'an account that is read whole shows each customer, price, subscription and invoice once, the ended ones too': {
    catches: 'skips what lies between two pages, or what has ended, so existing data moves in with holes',
    needs: [wholeAccount],
    run: async (steps) => {
      const { account, subscriptions } = await twoCustomers(steps)
      const customers = await readAll(steps, (request) => account.listCustomers(request))
      const prices = await readAll(steps, (request) => account.listPrices(request))
      const listed = await readAll(steps, (request) => account.listSubscriptions(request))
      const invoices = await readAll(steps, (request) => account.listInvoices(request))
      const ids = (of: 'externalCustomerId' | 'externalSubscriptionId') => subscriptions.map((data) => data[of])
      const priceIds = subscriptions.flatMap(({ items }) => items.map(({ externalPriceId }) => externalPriceId))
      demandEach(
        customers.map((data) => data.externalCustomerId),
        ids('externalCustomerId'),
        'customers',
      )
      demandEach(
        prices.map((data) => data.externalPriceId),
        priceIds,
        'prices',
      )
      demandEach(
        listed.map((data) => data.externalSubscriptionId),
        ids('externalSubscriptionId'),
        'subscriptions',
      )
      const billed = invoices.map((data) => data.externalSubscriptionId ?? 'none')
      demandEach(billed, ids('externalSubscriptionId'), 'subscriptions of the invoices')
      for (const { payments } of invoices) demand(payments?.length === 1, 'an invoice came without its payment')
    },
  },
  'a customer and a price of the account are read one by one as in the lists, and missing ones are resource_missing': {
    catches: 'answers something for an id that was never there',
    needs: [wholeAccount],
    run: async (steps) => {
      const { account } = await twoCustomers(steps)
      for (const listed of await readAll(steps, (request) => account.listCustomers(request))) {
        demandEqual(await account.retrieveCustomer(listed.externalCustomerId), listed, 'the customer, against the list')
      }
      for (const listed of await readAll(steps, (request) => account.listPrices(request))) {
        demandEqual(await account.retrievePrice(listed.externalPriceId), listed, 'the price, against the list')
      }
      await demandRefusal(account.retrieveCustomer('cus_GoneLongAgo'), 'resource_missing', 'a missing customer')
      await demandRefusal(account.retrievePrice('price_GoneLongAgo'), 'resource_missing', 'a missing price')
    },
  },
})
