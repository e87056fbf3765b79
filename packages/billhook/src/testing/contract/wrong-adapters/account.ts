import type { AccountAbility } from '../../../providers/provider.ts'
import { abilityOf, type Deviate, mistakesAgainst } from './wrong-adapter.ts'

function reading(change: (own: AccountAbility) => Partial<AccountAbility>): Deviate {
  return ({ account }) => {
    const right = abilityOf(account)
    return { account: { ...right, ...change(right) } }
  }
}

export const wrongAccounts = mistakesAgainst('honesty', {
  'an account that is read whole shows each customer, price, subscription and invoice once, the ended ones too': {
    'leaves out what has ended': reading((own) => ({
      listSubscriptions: async (request) => {
        const page = await own.listSubscriptions(request)
        return { ...page, data: page.data.filter(({ status }) => status !== 'canceled') }
      },
    })),
    'ignores the cursor': reading((own) => ({
      listCustomers: (request) => own.listCustomers({ ...request, cursor: null }),
    })),
    'reads invoices without their payments': reading((own) => ({
      listInvoices: async (request) => {
        const page = await own.listInvoices(request)
        return { ...page, data: page.data.map((invoice) => ({ ...invoice, payments: null })) }
      },
    })),
  },
  'a customer and a price of the account are read one by one as in the lists, and missing ones are resource_missing': {
    'makes up what is missing': reading((own) => ({
      retrieveCustomer: async (externalCustomerId) => {
        const { data } = await own.listCustomers({ cursor: null })
        const [first] = data
        const found = data.find((customer) => customer.externalCustomerId === externalCustomerId) ?? first
        return found ?? own.retrieveCustomer(externalCustomerId)
      },
    })),
  },
})
