import type { RefundData, RefundStatus } from '../snapshots.ts'
import { fromApiAmount, fromApiCurrency } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { fromMetadata } from './reference.ts'
import { readWire } from './wire.ts'
import { refundWire } from './wire-money.ts'

/** Refund.status (docs.stripe.com/api/refunds/object); null on the oldest ones, which were instant. */
const refundStatuses = new Map<string | null, RefundStatus>([
  ['pending', 'pending'],
  ['requires_action', 'pending'],
  ['succeeded', 'succeeded'],
  [null, 'succeeded'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
])

/** The bill is not named: Stripe ties a refund to a payment, and the payment to its invoice. */
export function normalizeRefund(value: unknown): RefundData {
  const wire = readWire(refundWire, value, 'refund')
  const currency = fromApiCurrency(wire.currency)
  const externalPaymentId = wire.payment_intent ?? wire.charge
  const status = refundStatuses.get(wire.status)
  if (!externalPaymentId) throw new UnreadableObject(`Stripe's refund ${wire.id} shows no payment.`)
  if (!status) throw new UnreadableObject(`Stripe's refund status "${wire.status}" is unknown.`)
  return {
    externalRefundId: wire.id,
    externalPaymentId,
    externalInvoiceId: null,
    externalCustomerId: wire.customer,
    status,
    amount: fromApiAmount(wire.amount, currency),
    currency,
    reason: wire.reason,
    failureMessage: status === 'failed' ? wire.failure_reason : null,
    createdAt: wire.created,
    reference: fromMetadata(wire.metadata),
  }
}
