import { addDuration } from '../../primitives/index.ts'
import type { SandboxObject, SandboxSubscription } from './objects.ts'

export type SubscriptionAction = 'announce_trial_end' | 'retry_payment' | 'resume' | 'end_period'

const trialNoticeMs = 3 * 24 * 60 * 60 * 1000

/** When an object next needs attention by the billing clock, as RFC 3339 text; null: never by itself. */
export function dueAtOf(record: SandboxObject): string | null {
  if (record.object === 'checkout_session') return record.status === 'open' ? record.expires_at : null
  if (record.object === 'subscription') return nextAction(record)?.at ?? null
  return null
}

/** Of two that are due together the earlier in this list goes first: a retry still belongs to the period that ends. */
export function nextAction(subscription: SandboxSubscription): { action: SubscriptionAction; at: string } | null {
  const candidates: Array<{ action: SubscriptionAction; at: string | null }> = [
    { action: 'announce_trial_end', at: trialNoticeAt(subscription) },
    // Whoever is paused is not asked for money.
    { action: 'retry_payment', at: subscription.pause === null ? (earliestRetry(subscription)?.at ?? null) : null },
    { action: 'resume', at: subscription.status === 'canceled' ? null : (subscription.pause?.resumes_at ?? null) },
    { action: 'end_period', at: periodActionAt(subscription) },
  ]
  let next: { action: SubscriptionAction; at: string } | null = null
  for (const { action, at } of candidates) {
    if (at !== null && (next === null || at < next.at)) next = { action, at }
  }
  return next
}

export function earliestRetry(subscription: SandboxSubscription): { invoice: string; at: string } | null {
  let earliest: { invoice: string; at: string } | null = null
  for (const { invoice, next_attempt_at: at } of subscription.open_invoices) {
    if (at !== null && (earliest === null || at < earliest.at)) earliest = { invoice, at }
  }
  return earliest
}

function trialNoticeAt(subscription: SandboxSubscription): string | null {
  if (subscription.status !== 'trialing' || subscription.trial_will_end_sent || subscription.trial_end === null)
    return null
  if (subscription.pause?.kind === 'service') return null
  return new Date(Date.parse(subscription.trial_end) - trialNoticeMs).toISOString()
}

function periodActionAt(subscription: SandboxSubscription): string | null {
  if (subscription.status === 'canceled' || subscription.pause?.kind === 'service') return null
  // An unpaid subscription makes no further invoices, but a scheduled end still comes.
  if (subscription.status === 'unpaid' && !subscription.cancel_at_period_end) return null
  return subscription.current_period_end
}

/** A charge that failed is tried again 3, 5 and 7 days after the invoice was made. */
const retryAfter = ['P3D', 'P5D', 'P7D'] as const

/** Null once the attempts are used up. */
export function retryAt(invoiceCreatedAt: string, attemptCount: number): string | null {
  const after = retryAfter[attemptCount - 1]
  return after === undefined ? null : addDuration(new Date(invoiceCreatedAt), after).toISOString()
}
