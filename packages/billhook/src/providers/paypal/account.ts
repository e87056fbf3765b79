import type { AccountAbility } from '../account.ts'
import { listPrices, retrievePrice } from './catalog.ts'
import type { PayPalClient } from './client.ts'
import { listDisputes, retrieveDispute } from './disputes.ts'
import { invoicesOf } from './invoices.ts'
import { listCustomers, retrieveCustomer } from './list-customers.ts'
import { readPage } from './read-page.ts'
import { isPending } from './status.ts'
import { listIds, normalize, readSubscriptionWire, readWithPlan } from './subscriptions.ts'

/** Everything a PayPal account holds, page by page. What nobody agreed to is not there yet. */
export const accountOf = (client: PayPalClient): AccountAbility => ({
  listCustomers: (request) => listCustomers(client, request),
  retrieveCustomer: (externalCustomerId) => retrieveCustomer(client, externalCustomerId),
  listPrices: (request) => listPrices(client, request),
  retrievePrice: (externalPriceId) => retrievePrice(client, externalPriceId),
  listSubscriptions: async (request) =>
    readPage(await listIds(client, request), async (id) => {
      const wire = await readWithPlan(client, id)
      return isPending(wire) ? [] : [normalize(client, wire)]
    }),
  listInvoices: async (request) =>
    readPage(await listIds(client, request), async (id) =>
      isPending(await readSubscriptionWire(client, id)) ? [] : invoicesOf(client, id),
    ),
  listDisputes: (request) => listDisputes(client, request),
  retrieveDispute: (externalDisputeId) => retrieveDispute(client, externalDisputeId),
})
