import { invoicesOfCharges, subscriptionOfBill } from '../charged-invoices.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { InvoiceData, Page } from '../snapshots.ts'
import { listAllCharges } from './charges.ts'
import type { PayPalClient } from './client.ts'
import { listSubscriptions, retrieveSubscription } from './subscriptions.ts'

/** PayPal makes no bills: they are written from what it collected. */
export async function retrieveInvoice(client: PayPalClient, externalInvoiceId: string): Promise<InvoiceData> {
  const id = subscriptionOfBill(externalInvoiceId)
  const invoices = id === externalInvoiceId ? [] : await invoicesOf(client, id)
  const found = invoices.find((invoice) => invoice.externalInvoiceId === externalInvoiceId)
  if (found) return found
  throw noBill(client.provider, externalInvoiceId)
}

export const noBill = (provider: string, externalInvoiceId: string): PaymentProviderError =>
  new PaymentProviderError({
    provider,
    code: 'resource_missing',
    detail: `"${externalInvoiceId}" is no bill of a subscription at PayPal.`,
  })

/** One subscription's at once; else those of a page of subscriptions. */
export async function listInvoices(
  client: PayPalClient,
  filter: { externalCustomerId?: string; externalSubscriptionId?: string; cursor?: string | null },
): Promise<Page<InvoiceData>> {
  if (filter.externalSubscriptionId) {
    return { data: await invoicesOf(client, filter.externalSubscriptionId), nextCursor: null }
  }
  const { externalCustomerId, cursor = null } = filter
  const page = await listSubscriptions(client, { ...(externalCustomerId && { externalCustomerId }), cursor })
  const data: InvoiceData[] = []
  for (const subscription of page.data) data.push(...(await invoicesOf(client, subscription.externalSubscriptionId)))
  return { data, nextCursor: page.nextCursor }
}

export async function invoicesOf(client: PayPalClient, externalSubscriptionId: string): Promise<InvoiceData[]> {
  const subscription = await retrieveSubscription(client, externalSubscriptionId)
  const charges = await listAllCharges(client, externalSubscriptionId)
  return invoicesOfCharges({ subscription, charges, at: client.clock.now() })
}
