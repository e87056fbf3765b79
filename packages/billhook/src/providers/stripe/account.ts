import type Stripe from 'stripe'
import { BillhookError } from '../../primitives/index.ts'
import type { AccountAbility, AccountPage, MoneyBackRequest, PageRequest } from '../account.ts'
import type { InvoiceData, SubscriptionData } from '../snapshots.ts'
import { listPrices, retrievePrice } from './catalog.ts'
import type { StripeClient } from './client.ts'
import { UnreadableObject } from './errors.ts'
import { retrieveInvoice } from './invoices.ts'
import { listCustomers, retrieveCustomer } from './list-customers.ts'
import { normalizeDispute } from './normalize-dispute.ts'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import { listParams, readPage } from './read-page.ts'
import { paymentParam } from './refunds.ts'
import { retrieveSubscription } from './subscriptions.ts'

/** Everything a Stripe account holds, page by page, newest first. */
export const accountOf = (client: StripeClient): AccountAbility => ({
  listCustomers: (request) => listCustomers(client, request),
  retrieveCustomer: (externalCustomerId) => retrieveCustomer(client, externalCustomerId),
  listPrices: (request) => listPrices(client, request),
  retrievePrice: (externalPriceId) => retrievePrice(client, externalPriceId),
  listSubscriptions: (request) => listAllSubscriptions(client, request),
  listInvoices: (request) => listAllInvoices(client, request),
  listRefunds: async (request) => {
    const params = { ...listParams(request), ...paymentOf(client, request) }
    const page = await client.read((stripe) => stripe.refunds.list(params))
    return readPage(page, async (wire) => readable(() => normalizeRefund(wire)))
  },
  listDisputes: async (request) => {
    const params = { ...listParams(request), ...paymentOf(client, request) }
    const page = await client.read((stripe) => stripe.disputes.list(params))
    return readPage(page, async (wire) => readable(() => normalizeDispute(wire)))
  },
  retrieveDispute: (id) => client.read(async (stripe) => normalizeDispute(await stripe.disputes.retrieve(id))),
})

const paymentOf = ({ provider }: StripeClient, { externalPaymentId }: MoneyBackRequest) =>
  externalPaymentId === undefined ? {} : paymentParam(provider, externalPaymentId)

async function listAllSubscriptions(
  client: StripeClient,
  request: PageRequest,
): Promise<AccountPage<SubscriptionData>> {
  // Stripe leaves ended ones out unless told otherwise.
  const params: Stripe.SubscriptionListParams = { ...listParams(request), status: 'all' }
  const page = await client.read((stripe) => stripe.subscriptions.list(params))
  // An embedded list can be cut short; read by itself the subscription is whole.
  return readPage(page, async (wire) =>
    wire.items.has_more
      ? retrieveSubscription(client, wire.id)
      : readable(() => normalizeSubscription(readSubscription(wire))),
  )
}

async function listAllInvoices(client: StripeClient, request: PageRequest): Promise<AccountPage<InvoiceData>> {
  const page = await client.read((stripe) =>
    stripe.invoices.list({ ...listParams(request), expand: ['data.payments'] }),
  )
  return readPage(page, async (wire) => {
    const invoice = wire.lines.has_more ? null : readable(() => normalizeInvoice(readInvoice(wire)))
    // A list shows neither all lines nor why an open payment failed.
    return invoice && (invoice.payments || invoice.amountDue === 0) ? invoice : retrieveInvoice(client, wire.id)
  })
}

/** A currency that we do not know makes an object unreadable, too. */
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof BillhookError) throw new UnreadableObject(error.message)
    throw error
  }
}
