import type { PayInvoiceInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { InvoiceData, PayInvoiceResult } from '../snapshots.ts'
import type { StripeClient } from './client.ts'
import { invoiceExpand, readWholeInvoice, retrieveInvoice } from './invoices.ts'
import { normalizeInvoice } from './normalize-invoice.ts'

/** Where the buyer has to come back: the bank asks, or there is no card at all (Stripe calls that a missing resource). */
const needsBuyer: readonly string[] = ['authentication_required', 'resource_missing']

/** A draft is finalized and paid as well. A declined card throws `payment_declined` with the bank's reason. */
export async function payInvoice(
  client: StripeClient,
  { externalInvoiceId: id }: PayInvoiceInput,
  { idempotencyKey }: ProviderOperation<'pay_invoice'>,
): Promise<PayInvoiceResult> {
  const before = await retrieveInvoice(client, id)
  if (before.status === 'paid') return { outcome: 'paid', invoice: before }
  try {
    const invoice = await client.write(async (stripe) =>
      normalizeInvoice(
        await readWholeInvoice(stripe, await stripe.invoices.pay(id, { expand: invoiceExpand }, { idempotencyKey })),
      ),
    )
    return { outcome: invoice.status === 'paid' ? 'paid' : 'processing', invoice }
  } catch (error) {
    if (!(error instanceof PaymentProviderError) || error.outcome === 'unknown') throw error
    const invoice = await retrieveInvoice(client, id)
    // Somebody else paid it in between.
    if (invoice.status === 'paid') return { outcome: 'paid', invoice }
    if (!(needsBuyer.includes(error.code) && invoice.status === 'open' && invoice.hostedUrl)) throw error
    return { outcome: 'requires_action', url: invoice.hostedUrl, invoice }
  }
}

/** What an earlier attempt left behind; null when nothing of it is to be seen. */
export function payOutcome(invoice: InvoiceData): PayInvoiceResult | null {
  if (invoice.status === 'paid') return { outcome: 'paid', invoice }
  const has = (status: string) => invoice.payments?.some((payment) => payment.status === status) === true
  if (has('processing')) return { outcome: 'processing', invoice }
  if (has('requires_action') && invoice.hostedUrl)
    return { outcome: 'requires_action', url: invoice.hostedUrl, invoice }
  return null
}
