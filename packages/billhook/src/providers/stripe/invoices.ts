import type Stripe from 'stripe'
import type { InvoiceData, Page } from '../snapshots.ts'
import type { StripeClient } from './client.ts'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import type { InvoiceWire } from './wire.ts'

const pageSize = 100

/** Stripe expands at most four levels; the intent says why an attempt failed. */
export const invoiceExpand = ['payments.data.payment.payment_intent']

export function retrieveInvoice(client: StripeClient, id: string): Promise<InvoiceData> {
  return client.read(async (stripe) => {
    const wire = await readWholeInvoice(stripe, await stripe.invoices.retrieve(id, { expand: invoiceExpand }))
    return normalizeInvoice(await withCharges(stripe, wire))
  })
}

/** Only a charge knows what of it was refunded, and it lies one level deeper than Stripe expands. */
async function withCharges(stripe: Stripe, wire: InvoiceWire): Promise<InvoiceWire> {
  for (const { status, payment } of wire.payments?.data ?? []) {
    const intent = typeof payment.payment_intent === 'object' ? payment.payment_intent : null
    if (status !== 'paid' || typeof intent?.latest_charge !== 'string') continue
    const { id, amount_refunded } = await stripe.charges.retrieve(intent.latest_charge)
    intent.latest_charge = { id, amount_refunded }
  }
  return wire
}

export function listInvoices(
  client: StripeClient,
  filter: { externalCustomerId?: string; externalSubscriptionId?: string; cursor?: string | null },
): Promise<Page<InvoiceData>> {
  const params: Stripe.InvoiceListParams = {
    limit: pageSize,
    expand: ['data.payments'],
    ...(filter.externalCustomerId && { customer: filter.externalCustomerId }),
    ...(filter.externalSubscriptionId && { subscription: filter.externalSubscriptionId }),
    ...(filter.cursor && { starting_after: filter.cursor }),
  }
  return client.read(async (stripe) => {
    const page = await stripe.invoices.list(params)
    const data: InvoiceData[] = []
    for (const invoice of page.data) data.push(normalizeInvoice(await readWholeInvoice(stripe, invoice)))
    return { data, nextCursor: page.has_more ? (page.data.at(-1)?.id ?? null) : null }
  })
}

/** With all lines: an embedded list is cut short after the first ones, and without them nothing adds up. */
export async function readWholeInvoice(stripe: Stripe, invoice: Stripe.Invoice): Promise<InvoiceWire> {
  if (!invoice.lines.has_more) return readInvoice(invoice)
  const data: Stripe.InvoiceLineItem[] = []
  for await (const line of stripe.invoices.listLineItems(invoice.id, { limit: pageSize })) data.push(line)
  return readInvoice({ ...invoice, lines: { data } })
}
