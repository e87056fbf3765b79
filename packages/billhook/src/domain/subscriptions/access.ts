import type { SubscriptionStatus } from '../../providers/provider.ts'

export interface Access {
  allowed: boolean
  /** When it ends unless something changes; null: open-ended, or not allowed at all. */
  until: Date | null
  /** `read_only`: what there is may be looked at. */
  reason: 'active' | 'trialing' | 'grace' | 'paid_through' | 'paused' | 'read_only' | 'unpaid' | 'incomplete' | 'ended'
}

export interface AccessFacts {
  status: SubscriptionStatus
  paidThroughAt: Date | null
  /** The first failure of the open debt. */
  graceStartedAt: Date | null
  graceDays: number
  /** What becomes of who still owes when the days are over. */
  afterGrace: 'block' | 'read_only'
  cancelAt: Date | null
  trialEnd: Date | null
  pauseKind: 'collection' | 'service' | null
}

const dayMs = 86_400_000

/**
 * May this subscription be used now? One pure function for API, pages, jobs and listeners.
 *
 * Money already paid is honoured to the end whatever the provider's status says. A failed renewal gives `graceDays` from its first
 * failure, which retries do not extend; then the plan says whether what there is can still be looked at. `at` is the billing clock.
 */
export function decideAccess(facts: AccessFacts, at: Date): Access {
  const paidThrough = facts.paidThroughAt !== null && facts.paidThroughAt > at ? facts.paidThroughAt : null
  const paidOr = (reason: Access['reason']): Access =>
    paidThrough
      ? { allowed: true, until: paidThrough, reason: 'paid_through' }
      : { allowed: false, until: null, reason }

  const owing = (): Access => paidOr(facts.afterGrace === 'read_only' ? 'read_only' : 'unpaid')

  switch (facts.status) {
    case 'active':
    case 'trialing': {
      // The provider's word about an end that has passed may be late; ours is not.
      if (facts.cancelAt && facts.cancelAt <= at) return paidOr('ended')
      return { allowed: true, until: facts.cancelAt, reason: facts.status }
    }
    case 'past_due': {
      if (paidThrough) return owing()
      const graceEnd = new Date((facts.graceStartedAt ?? facts.paidThroughAt ?? at).getTime() + facts.graceDays * dayMs)
      return graceEnd > at ? { allowed: true, until: graceEnd, reason: 'grace' } : owing()
    }
    case 'paused':
      return facts.pauseKind === 'collection'
        ? { allowed: true, until: null, reason: 'paused' }
        : { allowed: false, until: null, reason: 'paused' }
    case 'unpaid':
      return owing()
    case 'canceled':
      return paidOr('ended')
    case 'incomplete':
    case 'incomplete_expired':
      return { allowed: false, until: null, reason: 'incomplete' }
  }
}
