import type { PaymentStatus, RefundStatus } from '../../providers/provider.ts'

/** Money that went back, as it is shown. */
export interface Refund {
  id: string
  organizationId: string
  paymentId: string
  invoiceId: string | null
  provider: string
  externalRefundId: string
  status: RefundStatus
  /** Positive, minor units. */
  amount: number
  currency: string
  reason: string | null
  failureMessage: string | null
  createdAt: Date
}

/** An attempt to collect, as it is shown. Amounts are minor units of `currency`. */
export interface Payment {
  id: string
  organizationId: string
  provider: string
  externalPaymentId: string
  stripePaymentIntentId: string | null
  status: PaymentStatus
  amount: number
  currency: string
  /** What went back for good. */
  amountRefunded: number
  /** What can still be refunded: paid, less what went back or is on its way; nothing while a dispute is open. */
  amountRefundable: number
  isDisputed: boolean
  refunds: Refund[]
  invoiceIds: string[]
  declineCode: string | null
  failureMessage: string | null
  attemptedAt: Date | null
  createdAt: Date
}

/** Everything that decides what can be refunded of one payment. */
export interface RefundableFacts {
  status: PaymentStatus
  amount: number
  refunds: ReadonlyArray<{ status: RefundStatus; amount: number }>
  /** Refunds that are asked for and not answered yet. */
  amountAsked: number
  isDisputed: boolean
  /** What the provider says went back, where it says so at the payment; the refunds may tell of less. */
  amountReturned: number
  /** The bank has taken it back already. */
  isLost: boolean
}

/** Pure: what can still be refunded. A refund that failed gives its amount back. */
export function refundableAmount(facts: RefundableFacts): number {
  if (facts.status !== 'succeeded' || facts.isDisputed || facts.isLost) return 0
  const returned = facts.refunds
    .filter(({ status }) => status !== 'failed')
    .reduce((sum, { amount }) => sum + amount, 0)
  return Math.max(0, facts.amount - Math.max(returned, facts.amountReturned) - facts.amountAsked)
}
