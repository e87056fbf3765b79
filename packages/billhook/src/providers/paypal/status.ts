import type { CheckoutStatus, DisputeStatus, PaymentStatus, RefundStatus, SubscriptionStatus } from '../snapshots.ts'
import { fromApiAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import type { SubscriptionWire } from './wire.ts'

/** Nobody has agreed to anything yet; PayPal forgets such a one in time. */
export const isPending = ({ status }: { status: string }): boolean =>
  status === 'APPROVAL_PENDING' || status === 'APPROVED'

/** Nothing leads out of these. EXPIRED: its finite cycles are used up. */
export const hasEnded = ({ status }: { status: string }): boolean => status === 'CANCELLED' || status === 'EXPIRED'

/** Whoever suspended it, and whatever for: PayPal charges nothing, and what it was trying to collect is debt from then on. */
export const isStopped = (wire: { status: string }): boolean => wire.status === 'SUSPENDED' || hasEnded(wire)

/**
 * PayPal knows neither a trial nor a debt as a status: ACTIVE with money outstanding is past due, and what it suspended because of failures
 * is unpaid, while anybody else's suspension is a pause.
 */
export function subscriptionStatus(wire: SubscriptionWire, isInTrial: boolean): SubscriptionStatus {
  if (isPending(wire)) return 'incomplete'
  if (hasEnded(wire)) return 'canceled'
  if (wire.status === 'SUSPENDED') return isStoppedByFailures(wire) ? 'unpaid' : 'paused'
  if (wire.status !== 'ACTIVE') throw new UnreadableObject(`PayPal's subscription status "${wire.status}" is unknown.`)
  if (hasDebt(wire)) return 'past_due'
  return isInTrial ? 'trialing' : 'active'
}

/** Failures are counted, and become debt, only when PayPal is through with trying again: before, a failure that is newer than any payment tells. */
export function hasDebt(wire: SubscriptionWire): boolean {
  const { billing_info: info } = wire
  const failedAt = info?.last_failed_payment?.time?.getTime() ?? 0
  return (
    (owedOf(wire) ?? 0) > 0 ||
    (info?.failed_payments_count ?? 0) > 0 ||
    failedAt > (info?.last_payment?.time?.getTime() ?? 0)
  )
}

/** In minor units; null where PayPal does not say. */
export function owedOf({ billing_info: info }: SubscriptionWire): number | null {
  const outstanding = info?.outstanding_balance
  return outstanding ? fromApiAmount(outstanding.value, outstanding.currency_code) : null
}

/**
 * A plan with threshold 0 is never suspended for failures; where the plan is not shown, failures are the likelier reason. Once nothing is owed
 * any more, nobody has to pay before it can go on: what is left is a pause.
 */
function isStoppedByFailures(wire: SubscriptionWire): boolean {
  const { billing_info: info, plan } = wire
  if (owedOf(wire) === 0) return false
  const failures = info?.failed_payments_count ?? 0
  const threshold = plan?.payment_preferences?.payment_failure_threshold
  return threshold === undefined ? failures > 0 : threshold > 0 && failures >= threshold
}

/** A session is the subscription that waits for approval. One that ended before anything was agreed bought nothing. */
export function checkoutStatus(wire: SubscriptionWire): CheckoutStatus {
  if (wire.status === 'APPROVAL_PENDING') return 'open'
  if (wire.status === 'APPROVED') return 'processing'
  return hasEnded(wire) && !wire.billing_info ? 'expired' : 'complete'
}

const paymentStatuses = new Map<string, PaymentStatus>(
  Object.entries({
    // Transaction.status of a subscription's list.
    COMPLETED: 'succeeded',
    PARTIALLY_REFUNDED: 'succeeded',
    REFUNDED: 'succeeded',
    PENDING: 'processing',
    DECLINED: 'failed',
    // Sale.state of the old API. A reversed sale had succeeded; the reversal is money that went back.
    completed: 'succeeded',
    partially_refunded: 'succeeded',
    refunded: 'succeeded',
    reversed: 'succeeded',
    pending: 'processing',
    denied: 'failed',
  } as const),
)

const refundStatuses = new Map<string, RefundStatus>(
  Object.entries({
    pending: 'pending',
    completed: 'succeeded',
    partially_refunded: 'succeeded',
    refunded: 'succeeded',
    reversed: 'succeeded',
    cancelled: 'failed',
    failed: 'failed',
  } as const),
)

export function paymentStatus(status: string): PaymentStatus {
  const known = paymentStatuses.get(status)
  if (!known) throw new UnreadableObject(`PayPal's payment status "${status}" is unknown.`)
  return known
}

export function refundStatus(state: string): RefundStatus {
  const known = refundStatuses.get(state)
  if (!known) throw new UnreadableObject(`PayPal's refund state "${state}" is unknown.`)
  return known
}

const openDisputes = new Map<string, DisputeStatus>([
  ['OPEN', 'needs_response'],
  ['WAITING_FOR_SELLER_RESPONSE', 'needs_response'],
])
/** The seller paid. PAYOUT means that PayPal pays the buyer out of its own pocket, which costs the seller nothing. */
const lostOutcomes = ['RESOLVED_BUYER_FAVOUR', 'ACCEPTED']

export function disputeStatus(status: string, outcome: string | null): DisputeStatus {
  if (status === 'RESOLVED') return lostOutcomes.includes(outcome ?? '') ? 'lost' : 'won'
  return openDisputes.get(status) ?? 'under_review'
}
