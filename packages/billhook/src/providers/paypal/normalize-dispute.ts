import type { DisputeData } from '../snapshots.ts'
import { fromApiAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { disputeStatus } from './status.ts'
import type { DisputeWire } from './wire-money.ts'

export function normalizeDispute(wire: DisputeWire, toldAt: Date): DisputeData {
  const externalPaymentId = wire.disputed_transactions?.find(
    ({ seller_transaction_id: id }) => id,
  )?.seller_transaction_id
  if (!externalPaymentId) throw new UnreadableObject(`PayPal's dispute ${wire.dispute_id} names no transaction.`)
  const { currency_code: currency, value: amount } = wire.dispute_amount
  return {
    externalDisputeId: wire.dispute_id,
    externalPaymentId,
    externalCustomerId: null,
    status: disputeStatus(wire.status, wire.dispute_outcome?.outcome_code ?? null),
    amount: fromApiAmount(amount, currency),
    currency,
    reason: wire.reason,
    respondBy: wire.seller_response_due_date,
    createdAt: wire.create_time ?? toldAt,
  }
}
