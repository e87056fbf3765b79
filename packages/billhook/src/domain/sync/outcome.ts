/** What became of a snapshot. `reread`: the provider must be asked; `needs`: another object must be known here first. */
export type SyncOutcome =
  | { outcome: 'applied' | 'unchanged' | 'stale' }
  | { outcome: 'reread' }
  | { outcome: 'needs'; externalSubscriptionId: string }

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
