import type { AccountAbility, AccountCustomerData, AccountPage, AccountPriceData, PageRequest } from '../account.ts'
import type { StateStore } from '../provider.ts'
import type { Page } from '../snapshots.ts'
import { listAccountBills } from './charges.ts'
import type { SandboxClient } from './client.ts'
import { listPage } from './list-page.ts'
import type { SandboxCustomer, SandboxPrice } from './objects.ts'
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
})

const readable = <R, T>({ data, nextCursor }: Page<R>, view: (record: R) => T): AccountPage<T> => ({
  data: data.map(view),
  nextCursor,
  unreadable: [],
})

/** In the order of their ids: what is added meanwhile may come before the cursor, which moving in does again anyway. */
function listKept<K extends 'customer' | 'price', T>(
  client: SandboxClient,
  kind: K,
  { cursor, limit = mostPerPage }: PageRequest,
  view: (store: StateStore, record: K extends 'customer' ? SandboxCustomer : SandboxPrice) => Promise<T>,
): Promise<AccountPage<T>> {
  return client.read(async (store) => {
    const rows = await listRecords(store, kind)
    const rest = cursor === null ? rows : rows.filter(({ id }) => id > cursor)
    const shown = rest.slice(0, Math.min(limit, mostPerPage))
    const data: T[] = []
    for (const record of shown) data.push(await view(store, record as Parameters<typeof view>[1]))
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
