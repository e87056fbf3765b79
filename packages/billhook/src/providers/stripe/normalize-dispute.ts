import type { DisputeData, DisputeStatus } from '../snapshots.ts'
import { fromApiAmount, fromApiCurrency } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { readWire } from './wire.ts'
import { disputeWire } from './wire-money.ts'

/**
 * Dispute.status (docs.stripe.com/api/disputes/object). `lost` means that the bank took the money; where the seller gave it back by a refund
 * (`charge_refunded`, `prevented`) the refund says so, and an inquiry that was closed took nothing.
 */
const disputeStatuses = new Map<string, DisputeStatus>(
  Object.entries({
    warning_needs_response: 'needs_response',
    needs_response: 'needs_response',
    appeal_needs_response: 'needs_response',
    warning_under_review: 'under_review',
    under_review: 'under_review',
    appeal_under_review: 'under_review',
    warning_closed: 'won',
    charge_refunded: 'won',
    prevented: 'won',
    won: 'won',
    lost: 'lost',
  } as const),
)

export function normalizeDispute(value: unknown): DisputeData {
  const wire = readWire(disputeWire, value, 'dispute')
  const currency = fromApiCurrency(wire.currency)
  const charge = typeof wire.charge === 'string' ? { id: wire.charge, customer: null } : wire.charge
  const externalPaymentId = wire.payment_intent ?? charge?.id
  const status = disputeStatuses.get(wire.status)
  const respondBy = wire.evidence_details?.due_by
  if (!externalPaymentId) throw new UnreadableObject(`Stripe's dispute ${wire.id} shows no payment.`)
  if (!status) throw new UnreadableObject(`Stripe's dispute status "${wire.status}" is unknown.`)
  return {
    externalDisputeId: wire.id,
    externalPaymentId,
    externalCustomerId: charge?.customer ?? null,
    status,
    amount: fromApiAmount(wire.amount, currency),
    currency,
    reason: wire.reason,
    // 0 where nothing can be answered any more.
    respondBy: respondBy ? new Date(respondBy * 1000) : null,
    createdAt: wire.created,
  }
}
