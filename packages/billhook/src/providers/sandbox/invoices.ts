import type { InvoiceData, Page } from '../snapshots.ts'
import { listBills, retrieveBill } from './charges.ts'
import type { SandboxClient } from './client.ts'
import { listPage } from './list-page.ts'
import { findObject, listPrefixes } from './state.ts'
import { toInvoiceData } from './status.ts'

export interface InvoiceFilter {
  externalCustomerId?: string
  externalSubscriptionId?: string
  cursor?: string | null
}

export async function retrieveInvoice(client: SandboxClient, externalInvoiceId: string): Promise<InvoiceData> {
  if (!client.hasDocuments) return retrieveBill(client, externalInvoiceId)
  return toInvoiceData(await client.retrieve('invoice', externalInvoiceId))
}

export async function listInvoices(client: SandboxClient, filter: InvoiceFilter): Promise<Page<InvoiceData>> {
  if (!client.hasDocuments) return listBills(client, filter)
  const prefix = await listPrefix(client, filter)
  if (prefix === null) return { data: [], nextCursor: null }
  const page = await listPage(client, 'invoice', prefix, { cursor: filter.cursor ?? null })
  return { ...page, data: page.data.map(toInvoiceData) }
}

/** Null where nothing can match. */
async function listPrefix(client: SandboxClient, filter: InvoiceFilter): Promise<string | null> {
  const { externalCustomerId: customer, externalSubscriptionId: id } = filter
  if (id === undefined) return customer === undefined ? listPrefixes.invoice : `${listPrefixes.invoice}${customer}/`
  const subscription = await client.read((store) => findObject(store, 'subscription', id))
  if (subscription === null || (customer !== undefined && customer !== subscription.customer)) return null
  return `${listPrefixes.invoice}${subscription.customer}/${id}/`
}
