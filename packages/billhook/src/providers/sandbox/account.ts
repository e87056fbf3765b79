import type {
  AccountAbility,
  AccountCustomerData,
  AccountPage,
  AccountPriceData,
  MoneyBackRequest,
} from '../account.ts'
import type { StateStore } from '../provider.ts'
import type { Page } from '../snapshots.ts'
import { listAccountBills } from './charges.ts'
import type { SandboxClient } from './client.ts'
import { toDisputeData } from './disputes.ts'
import { listPage } from './list-page.ts'
import type { SandboxCustomer, SandboxObjects, SandboxPrice } from './objects.ts'
import { toRefundData } from './refunds.ts'
import { findObject, listPrefixes, listRecords } from './state.ts'
import { toCustomerData, toInvoiceData, toSubscriptionData } from './status.ts'

const mostPerPage = 100

/** Everything the sandbox holds, page by page. */
export const accountOf = (client: SandboxClient): AccountAbility => ({
  listCustomers: (request) => listKept(client, 'customer', request, async (_, record) => toAccountCustomer(record)),
  retrieveCustomer: async (externalCustomerId) =>
    toAccountCustomer(await client.retrieve('customer', externalCustomerId)),
  listPrices: (request) => listKept(client, 'price', request, toAccountPrice),
  retrievePrice: async (externalPriceId) => {
    const price = await client.retrieve('price', externalPriceId)
    return client.read((store) => toAccountPrice(store, price))
  },
  listSubscriptions: async (request) =>
    readable(await listPage(client, 'subscription', listPrefixes.subscription, request), toSubscriptionData),
  listInvoices: async (request) =>
    client.hasDocuments
      ? readable(await listPage(client, 'invoice', listPrefixes.invoice, request), toInvoiceData)
      : listAccountBills(client, request),
  listRefunds: (request) => listKept(client, 'refund', request, async (_, record) => toRefundData(record)),
  listDisputes: (request) => listKept(client, 'dispute', request, async (_, record) => toDisputeData(record)),
  retrieveDispute: async (externalDisputeId) => toDisputeData(await client.retrieve('dispute', externalDisputeId)),
})

const readable = <R, T>({ data, nextCursor }: Page<R>, view: (record: R) => T): AccountPage<T> => ({
  data: data.map(view),
  nextCursor,
  unreadable: [],
})

type Kept = 'customer' | 'price' | 'refund' | 'dispute'

/** In the order of their ids: what is added meanwhile may come before the cursor, which the next time shows. */
function listKept<K extends Kept, T>(
  client: SandboxClient,
  kind: K,
  { cursor, limit = mostPerPage, externalPaymentId }: MoneyBackRequest,
  view: (store: StateStore, record: SandboxObjects[K]) => Promise<T>,
): Promise<AccountPage<T>> {
  return client.read(async (store) => {
    const rows = (await listRecords(store, kind)).filter(
      (row) => externalPaymentId === undefined || ('payment' in row && row.payment === externalPaymentId),
    )
    const rest = cursor === null ? rows : rows.filter(({ id }) => id > cursor)
    const shown = rest.slice(0, Math.min(limit, mostPerPage))
    const data: T[] = []
    for (const record of shown) data.push(await view(store, record))
    return { data, nextCursor: rest.length > shown.length ? (shown.at(-1)?.id ?? null) : null, unreadable: [] }
  })
}

const toAccountCustomer = (customer: SandboxCustomer): AccountCustomerData => ({
  ...toCustomerData(customer),
  metadata: customer.metadata,
  country: customer.country,
})

async function toAccountPrice(store: StateStore, price: SandboxPrice): Promise<AccountPriceData> {
  const product = await findObject(store, 'product', price.product)
  return {
    externalPriceId: price.id,
    externalProductId: price.product,
    lookupKey: null,
    currency: price.currency,
    amount: price.amount,
    interval: price.interval,
    intervalCount: price.interval_count,
    metered: false,
    taxBehavior: 'exclusive',
    active: true,
    product: { name: product?.name ?? '', description: product?.description ?? null, active: true, metadata: {} },
  }
}
