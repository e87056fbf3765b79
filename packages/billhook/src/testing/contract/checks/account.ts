import type {
  AccountAbility,
  AccountPage,
  DisputeData,
  MoneyBackRequest,
  RefundData,
} from '../../../providers/provider.ts'
import { checksOf } from '../check.ts'
import { demand, demandEqual, demandFields, demandPresent, demandRefusal } from '../expectation.ts'
import { listedDisputes, listedRefunds, partialRefunds, wholeAccount } from '../needs.ts'
import type { ContractSteps } from '../steps.ts'
import { paidOnce, refund } from './refunds.ts'

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

/** Read whole, and once more for each payment, which shows what went back of that one alone. */
async function demandListed<T extends { externalPaymentId: string }>(
  steps: ContractSteps,
  list: (request: MoneyBackRequest) => Promise<AccountPage<T>>,
  expected: T[],
): Promise<void> {
  const named = (all: T[]) => all.map((one) => JSON.stringify(one))
  demandEach(named(await readAll(steps, list)), named(expected), 'the whole list, against what is read one by one')
  for (const externalPaymentId of new Set(expected.map((one) => one.externalPaymentId))) {
    const ofPayment = await readAll(steps, (request) => list({ ...request, externalPaymentId }))
    const own = expected.filter((one) => one.externalPaymentId === externalPaymentId)
    demandEach(named(ofPayment), named(own), 'the list of one payment')
  }
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
  'every refund is listed once, as it is read, and with the payment it went back from': {
    catches: 'shows no refund that nobody told of, or the same page again, so money that went back is never known',
    needs: [listedRefunds, partialRefunds],
    run: async (steps) => {
      const account = demandPresent(steps.provider.account, 'the ability to read the account')
      const list = demandPresent(account.listRefunds, 'the list of refunds')
      const made: RefundData[] = []
      for (const amounts of [[900, 2000], [2900]]) {
        const { input } = await paidOnce(steps)
        for (const amount of amounts) made.push(await refund(steps, input(amount)))
      }
      await demandListed(steps, list, made)
    },
  },
  'every dispute is listed once, as it is read, and with the payment it asks back': {
    catches: 'shows no dispute that nobody told of, so the bank is answered too late',
    needs: [listedDisputes],
    run: async (steps) => {
      const account = demandPresent(steps.provider.account, 'the ability to read the account')
      const list = demandPresent(account.listDisputes, 'the list of disputes')
      const retrieve = demandPresent(account.retrieveDispute, 'reading one dispute')
      const opened: DisputeData[] = []
      for (let count = 0; count < 2; count += 1) {
        const { payment } = await paidOnce(steps)
        const id = await steps.harness.openDispute?.(payment.externalPaymentId)
        const dispute = await retrieve(demandPresent(id, 'the dispute'))
        demandFields(
          dispute,
          { externalPaymentId: payment.externalPaymentId, amount: 2900, currency: 'USD' },
          'the dispute',
        )
        opened.push(dispute)
      }
      await demandListed(steps, list, opened)
      await demandRefusal(retrieve('dispute_GoneLongAgo'), 'resource_missing', 'a missing dispute')
    },
  },
})
