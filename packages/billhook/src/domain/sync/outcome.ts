/**
 * What became of a snapshot. `reread`: the provider must be asked; `needs`: another subscription must be known here first, or
 * asked about once more (at `provider`, where that is another one); `needs_payment`: the
 * payment it is about is not known here, so the bill that it paid must be found.
 */
export type SyncOutcome =
  | { outcome: 'applied' | 'unchanged' | 'stale' }
  | { outcome: 'reread' }
  | { outcome: 'needs'; externalSubscriptionId: string; provider?: string }
  | ({ outcome: 'needs_payment' } & PaymentRefs)

/** What is known of a payment from outside. */
export interface PaymentRefs {
  externalPaymentId: string
  externalInvoiceId: string | null
  externalCustomerId: string | null
}

/** Nothing is left to be asked: what the snapshot says is applied, or known better. */
export const isSettled = ({ outcome }: SyncOutcome): boolean =>
  outcome === 'applied' || outcome === 'unchanged' || outcome === 'stale'

export const applied = { outcome: 'applied' } as const
export const unchanged = { outcome: 'unchanged' } as const
export const stale = { outcome: 'stale' } as const
export const reread = { outcome: 'reread' } as const

/** The provider account a snapshot came from, as rows name it, and what its capabilities decide about the meaning of snapshots. */
export interface SnapshotOrigin {
  provider: string
  providerKind: string
  canCancelAtPeriodEnd: boolean
  numbersInvoices: boolean
}
