import type { AccountAbility } from '../../../providers/provider.ts'
import { abilityOf, type Deviate, mistakesAgainst, onError } from './wrong-adapter.ts'

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
  'every refund is listed once, as it is read, and with the payment it went back from': {
    'lists the refunds of every payment for each': reading((own) => ({
      listRefunds: ({ externalPaymentId: _, ...request }) => abilityOf(own.listRefunds)(request),
    })),
    'leaves out what lies beyond the first page': reading((own) => ({
      listRefunds: async (request) => ({ ...(await abilityOf(own.listRefunds)(request)), nextCursor: null }),
    })),
  },
  'every dispute is listed once, as it is read, and with the payment it asks back': {
    'lists a dispute otherwise than it reads it': reading((own) => ({
      listDisputes: async (request) => {
        const page = await abilityOf(own.listDisputes)(request)
        return { ...page, data: page.data.map((dispute) => ({ ...dispute, status: 'won' as const })) }
      },
    })),
    'makes up a dispute that is missing': reading((own) => ({
      retrieveDispute: async (id) => {
        const retrieve = abilityOf(own.retrieveDispute)
        const { data } = await abilityOf(own.listDisputes)({ cursor: null })
        return onError(retrieve(id), 'resource_missing', () => retrieve(data[0]?.externalDisputeId ?? id))
      },
    })),
  },
})
