import { errorMessage } from '../../primitives/index.ts'
import type { CreateRefundInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { RefundData } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import { type PayPalClient, requestId } from './client.ts'
import { understand, unreadableAnswer } from './errors.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { refundWire } from './wire-money.ts'

/** Subscriptions are charged by sales of the old API, and refunded by it. Its answer to a used request id is the first refund. */
export async function createRefund(
  client: PayPalClient,
  input: CreateRefundInput,
  { id, idempotencyKey }: ProviderOperation<'create_refund'>,
): Promise<RefundData> {
  const { externalPaymentId, currency } = input
  // An attempt that failed has a name of ours, with slashes.
  if (externalPaymentId.includes('/'))
    throw notPossible(client.provider, `Payment ${externalPaymentId} never succeeded.`)
  const amount = { total: amountText(client.provider, input), currency }
  const body = { amount, invoice_number: invoiceNumberOf(id), reason: input.reason }
  const request = {
    method: 'POST',
    path: `/v1/payments/sale/${encodeURIComponent(externalPaymentId)}/refund`,
    body,
    requestId: requestId(idempotencyKey, 'refund'),
  } as const
  try {
    const wire = await client.plain('write', refundWire, request)
    return readRefund(client.provider, () => normalizeRefund(wire, { externalPaymentId }))
  } catch (error) {
    throw isRefusal(error) ? notPossible(client.provider, error.message, error.cause) : error
  }
}

export async function retrieveRefund(client: PayPalClient, externalRefundId: string): Promise<RefundData> {
  const path = `/v1/payments/refund/${encodeURIComponent(externalRefundId)}`
  const wire = await client.plain('read', refundWire, { method: 'GET', path })
  return understand(client.provider, () => normalizeRefund(wire))
}

/** The only field of a refund that comes back and can be ours; it takes letters, digits and dashes. */
export const invoiceNumberOf = (operationId: string): string => operationId.replaceAll('_', '-')

function readRefund(provider: string, read: () => RefundData): RefundData {
  try {
    return read()
  } catch (cause) {
    throw unreadableAnswer(provider, 'write', cause)
  }
}

/** Too much, too late, disputed: PayPal has a name for each, and to us they are one. */
const isRefusal = (error: unknown): error is PaymentProviderError =>
  error instanceof PaymentProviderError && error.code === 'provider_rejected'

const notPossible = (provider: string, detail: string, cause?: unknown): PaymentProviderError =>
  new PaymentProviderError({ provider, code: 'refund_not_possible', detail, cause })

function amountText(provider: string, { amount, currency }: CreateRefundInput): string {
  try {
    return toApiAmount(amount, currency)
  } catch (cause) {
    throw notPossible(provider, errorMessage(cause), cause)
  }
}
