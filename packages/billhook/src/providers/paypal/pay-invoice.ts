import { subscriptionOfBill } from '../charged-invoices.ts'
import type { PayInvoiceInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { ChargeData, PayInvoiceResult } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import { listAllCharges } from './charges.ts'
import { type PayPalClient, requestId } from './client.ts'
import { unreadableAnswer } from './errors.ts'
import { noBill } from './invoices.ts'
import { chargedOf, normalizeTransaction } from './normalize-charge.ts'
import { buyerPage } from './portal.ts'
import { hasDebt, owedOf } from './status.ts'
import { readSubscriptionWire } from './subscriptions.ts'
import type { SubscriptionWire } from './wire.ts'
import { captureWire, type Transaction } from './wire-money.ts'

/**
 * PayPal collects on demand only what it has given up trying and counts as outstanding, as one sum for all bills. Before that the buyer can
 * still change what pays, on PayPal's own page, and PayPal tries again by itself.
 */
export async function payInvoice(
  client: PayPalClient,
  input: PayInvoiceInput,
  { idempotencyKey }: ProviderOperation<'pay_invoice'>,
): Promise<PayInvoiceResult> {
  const wire = await readSubscriptionWire(client, subscriptionOf(client, input))
  if (!hasDebt(wire)) return { outcome: 'paid' }
  if ((owedOf(wire) ?? 0) < input.amount) return { outcome: 'requires_action', url: buyerPage(client) }
  const amount = { currencyCode: input.currency, value: toApiAmount(input.amount, input.currency) }
  const transaction = await client.call('write', captureWire, (api, sdk) =>
    api.captureSubscription({
      id: wire.id,
      paypalRequestId: requestId(idempotencyKey, 'capture'),
      body: { note: 'Outstanding balance', captureType: sdk.CaptureType.OutstandingBalance, amount },
    }),
  )
  // It may answer that it has taken the wish, and nothing yet of what became of it.
  if (!transaction) return { outcome: 'processing' }
  const charge = understandCapture(client, transaction, wire)
  if (charge.status === 'failed') throw declined(client.provider)
  return outcomeOf(charge)
}

/** What an earlier attempt left behind; null when nothing of it is to be seen. */
export async function findPayment(
  client: PayPalClient,
  { input, startedAt }: ProviderOperation<'pay_invoice'>,
  clockSkewMs: number,
): Promise<PayInvoiceResult | null> {
  const wire = await readSubscriptionWire(client, subscriptionOf(client, input))
  const since = startedAt.getTime() - clockSkewMs
  const charges = await listAllCharges(client, wire.id)
  const found = charges.findLast(
    ({ status, amount, attemptedAt }) =>
      (status === 'succeeded' || status === 'processing') && amount === input.amount && attemptedAt.getTime() >= since,
  )
  if (found) return outcomeOf(found)
  return hasDebt(wire) ? null : { outcome: 'paid' }
}

function subscriptionOf({ provider }: PayPalClient, { externalInvoiceId }: PayInvoiceInput): string {
  const id = subscriptionOfBill(externalInvoiceId)
  if (id === externalInvoiceId) throw noBill(provider, externalInvoiceId)
  return id
}

const outcomeOf = (charge: ChargeData): PayInvoiceResult => ({
  outcome: charge.status === 'succeeded' ? 'paid' : 'processing',
  charge,
})

/** Money may have moved: an answer that is not understood leaves open whether it has. */
function understandCapture(client: PayPalClient, transaction: Transaction, wire: SubscriptionWire): ChargeData {
  try {
    return normalizeTransaction(transaction, chargedOf(wire))
  } catch (cause) {
    throw unreadableAnswer(client.provider, 'write', cause)
  }
}

const declined = (provider: string): PaymentProviderError =>
  new PaymentProviderError({
    provider,
    code: 'payment_declined',
    detail: 'PayPal could not take the money from what the buyer pays with.',
    declineCode: 'DECLINED',
  })
