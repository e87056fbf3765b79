import { subscriptionOfBill } from '../charged-invoices.ts'
import type { PayInvoiceInput, ProviderOperation } from '../operation.ts'
import type { InvoiceData, PayInvoiceResult } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import { type PayPalClient, requestId } from './client.ts'
import { retrieveInvoice } from './invoices.ts'
import { buyerPage } from './portal.ts'
import { owedOf } from './status.ts'
import { readSubscriptionWire } from './subscriptions.ts'
import { nothingWire } from './wire.ts'

/**
 * PayPal collects on demand only what it has given up trying and counts as outstanding. Before that the buyer can still change what pays,
 * on PayPal's own page, and PayPal tries again by itself.
 */
export async function payInvoice(
  client: PayPalClient,
  { externalInvoiceId }: PayInvoiceInput,
  { idempotencyKey }: ProviderOperation<'pay_invoice'>,
): Promise<PayInvoiceResult> {
  const before = await retrieveInvoice(client, externalInvoiceId)
  if (before.status === 'paid') return { outcome: 'paid', invoice: before }
  const id = subscriptionOfBill(externalInvoiceId)
  const owed = owedOf(await readSubscriptionWire(client, id)) ?? 0
  if (owed < before.amountRemaining) return { outcome: 'requires_action', url: buyerPage(client), invoice: before }
  const amount = { currencyCode: before.currency, value: toApiAmount(before.amountRemaining, before.currency) }
  await client.call('write', nothingWire, (api, sdk) =>
    api.captureSubscription({
      id,
      paypalRequestId: requestId(idempotencyKey, 'capture'),
      body: { note: 'Outstanding balance', captureType: sdk.CaptureType.OutstandingBalance, amount },
    }),
  )
  return outcomeOf(await retrieveInvoice(client, externalInvoiceId))
}

function outcomeOf(invoice: InvoiceData): PayInvoiceResult {
  return payOutcome(invoice) ?? { outcome: 'processing', invoice }
}

/** What an earlier attempt left behind; null when nothing of it is to be seen. */
export function payOutcome(invoice: InvoiceData): PayInvoiceResult | null {
  if (invoice.status === 'paid') return { outcome: 'paid', invoice }
  const isProcessing = invoice.payments?.some(({ status }) => status === 'processing') === true
  return isProcessing ? { outcome: 'processing', invoice } : null
}
