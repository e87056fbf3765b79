import type { RefundData } from '../snapshots.ts'
import { fromApiAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { refundStatus } from './status.ts'
import type { RefundWire } from './wire-money.ts'

/** What the refund itself may not say: some answers leave out the sale or the time. */
interface Known {
  externalPaymentId?: string | undefined
  toldAt?: Date | undefined
}

export function normalizeRefund(wire: RefundWire, known: Known = {}): RefundData {
  const externalPaymentId = wire.sale_id ?? wire.capture_id ?? known.externalPaymentId
  const createdAt = wire.create_time ?? known.toldAt
  if (!externalPaymentId) throw new UnreadableObject(`PayPal's refund ${wire.id} shows no sale.`)
  if (!wire.amount) throw new UnreadableObject(`PayPal's refund ${wire.id} shows no amount.`)
  if (!createdAt) throw new UnreadableObject(`PayPal's refund ${wire.id} shows no time.`)
  const { total, currency } = wire.amount
  return {
    externalRefundId: wire.id,
    externalPaymentId,
    externalInvoiceId: null,
    externalCustomerId: null,
    status: refundStatus(wire.state),
    // A webhook writes what went back as a negative amount, the answer to a call as a positive one.
    amount: Math.abs(fromApiAmount(total, currency)),
    currency,
    reason: wire.reason,
    failureMessage: null,
    createdAt,
    reference: {},
  }
}
