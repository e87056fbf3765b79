import type { OurReference, PaymentStatus } from './snapshots.ts'

/** What a subscription costs for a cycle, where nobody but us writes bills. */
export interface BillingTerms {
  externalPriceId: string
  quantity: number
  interval: 'day' | 'week' | 'month' | 'year'
  intervalCount: number
  /** A regular cycle for the whole quantity, without tax. */
  amount: number
  /** Tax on it. */
  tax: number
  /** Once, at the start, without tax; 0 for most. */
  setupFee: number
}

/** One attempt of a provider to collect money for a subscription, where the provider makes no documents. */
export interface ChargeData {
  /** Of an attempt without an id of its own: one that is the same each time it is told (the subscription and the day of the attempt). */
  externalPaymentId: string
  /** Of an attempt that failed: the id it was told by while it was still clearing, where that is another one. */
  pendingPaymentId?: string
  externalSubscriptionId: string
  externalCustomerId: string
  status: PaymentStatus
  /** What was taken or tried, tax included. */
  amount: number
  /** The tax that is part of `amount`. */
  tax: number
  currency: string
  amountRefunded: number
  attemptedAt: Date
  /** When the provider tries again; null: not by itself. */
  nextAttemptAt: Date | null
  declineCode: string | null
  failureMessage: string | null
  reference: OurReference
}
