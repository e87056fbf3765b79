import type { BillingEventSource } from '../../outbox/billing-event.ts'

/** How a snapshot came to us. */
export interface Observation {
  /** `event`: it was in a delivery. `read`: we asked, or it was the answer to a call of ours. */
  by: 'event' | 'read'
  /** The moment it describes by the provider's clock: the event's time, or when the read began. */
  at: Date
  /** Of a read: taken on the object before reading; 0 when the object was not known here yet. */
  ticket: number
  source: BillingEventSource
  /**
   * By `provider:id`, the subscriptions that were read for the sake of this one, so that what is concluded from them is not old. Left out where
   * nobody can be asked.
   */
  asked?: ReadonlySet<string>
  /** What we have was found to differ from this answer: it is written even if the last one that was applied said the same. */
  isRepair?: boolean
}

/** What is kept with each external object about the last snapshot that was applied to it. */
export interface SnapshotGuard {
  observedAt: Date | null
  observedBy: 'event' | 'read' | null
  snapshotDigest: string | null
  ticketApplied: number
}

/**
 * - `apply`: it is news.
 * - `unchanged`: it is what we have; only the time moves on.
 * - `stale`: something newer is applied already.
 * - `reread`: the times cannot tell which is newer, so the provider must.
 */
export type VersionDecision = 'apply' | 'unchanged' | 'stale' | 'reread'

/** How far our clock and a provider's may be apart when a read of ours is compared with an event of theirs. */
const clockSkewMs = 5_000

/**
 * Providers deliver in any order and their times have one-second grain, so an older snapshot must never win and a tie must never be guessed.
 */
export function decideVersion(guard: SnapshotGuard | null, observation: Observation, digest: string): VersionDecision {
  if (!guard?.observedAt) return 'apply'
  if (digest === guard.snapshotDigest && !observation.isRepair) return 'unchanged'
  if (observation.by === 'read') {
    // Whatever was applied after this read began may be newer than what it saw.
    return observation.ticket < guard.ticketApplied ? 'reread' : 'apply'
  }
  const laterByMs = observation.at.getTime() - guard.observedAt.getTime()
  const grainMs = guard.observedBy === 'read' ? clockSkewMs : 0
  if (laterByMs > grainMs) return 'apply'
  return laterByMs < -grainMs ? 'stale' : 'reread'
}
