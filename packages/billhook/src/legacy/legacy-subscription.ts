import { type SubscriptionData, type SubscriptionStatus, subscriptionStatuses } from '../providers/provider.ts'
import type { LegacyMapping, LegacyRow } from './import-mapping.ts'
import { atMost, misfit, readCount, readFlag, readId, readTime, readWord } from './legacy-values.ts'

export interface LegacySubscription {
  row: LegacyRow<'subscriptions'>
  snapshot: SubscriptionData
  observedAt: Date
}

const words = { cancelled: 'canceled', trial: 'trialing' }
const running: readonly SubscriptionStatus[] = ['trialing', 'active', 'past_due']

interface ReadInput {
  /** Stripe's price and its currency, by the primary key of the old plan. */
  plans: ReadonlyMap<string, { externalPriceId: string; currency: string }>
  currencies: ReadonlyMap<string, string>
  statuses: LegacyMapping['statuses']['subscriptions']
  now: Date
}

/** An old row as a snapshot of the moment it was last written. Errors say what of it does not fit. */
export function readSubscription(row: LegacyRow<'subscriptions'>, input: ReadInput): LegacySubscription {
  const externalSubscriptionId = readId(row.stripeSubscriptionId, 'stripe_subscription_id')
  const externalCustomerId = readId(row.stripeCustomerId, 'stripe_customer_id')
  const status = readWord(row.status, subscriptionStatuses, { ...words, ...input.statuses }, 'status')
  const { externalPriceId, currency } = priceOf(row, input)
  const times = readTimes(row, input.now)
  checkPeriod(status, times)
  const isOver = status === 'canceled' || status === 'incomplete_expired'
  const { createdAt, updatedAt, periodEnd } = times
  const end = times.cancelAt ?? (readFlag(row.cancelAtPeriodEnd) ? periodEnd : null)
  return {
    row,
    observedAt: updatedAt,
    snapshot: {
      externalSubscriptionId,
      externalCustomerId,
      status,
      currency,
      items: [
        {
          // The old table never knew it; whatever reads the subscription next brings the real one.
          externalItemId: row.stripeItemId?.trim() || `unknown_item_of_${externalSubscriptionId}`,
          externalPriceId,
          quantity: readCount(row.quantity, 'quantity') ?? 1,
        },
      ],
      currentPeriodStart: times.periodStart,
      currentPeriodEnd: periodEnd,
      billingAnchorAt: null,
      startedAt: createdAt,
      trialStart: times.trialStart,
      trialEnd: times.trialEnd,
      cancelAt: end,
      canceledAt: times.canceledAt,
      // An end that was scheduled and came earlier may still be in the row: what is over has ended by now.
      endedAt: isOver ? atMost(times.endedAt ?? end ?? times.canceledAt ?? updatedAt, input.now) : null,
      pause: status === 'paused' ? { kind: 'service', from: null, resumesAt: null } : null,
      latestExternalInvoiceId: null,
      reference: {},
    },
  }
}

function priceOf(row: LegacyRow<'subscriptions'>, { plans, currencies }: ReadInput) {
  const plan = row.planId ? plans.get(row.planId) : undefined
  const own = row.stripePriceId?.trim()
  const currency = own ? currencies.get(own) : undefined
  if (own && currency) return { externalPriceId: own, currency }
  if (plan) return plan
  throw misfit('orphan_plan', `Its plan (${row.planId ?? 'none'}) is not there, or did not come in.`)
}

function readTimes(row: LegacyRow<'subscriptions'>, now: Date) {
  const createdAt = readTime(row.createdAt, 'created_at')
  return {
    createdAt,
    updatedAt: atMost(readTime(row.updatedAt, 'updated_at') ?? createdAt ?? now, now),
    periodStart: readTime(row.periodStart, 'current_period_start'),
    periodEnd: readTime(row.periodEnd, 'current_period_end'),
    cancelAt: readTime(row.cancelAt, 'cancel_at'),
    canceledAt: readTime(row.canceledAt, 'canceled_at'),
    endedAt: readTime(row.endedAt, 'ended_at'),
    trialStart: readTime(row.trialStart, 'trial_start'),
    trialEnd: readTime(row.trialEnd, 'trial_end'),
  }
}

function checkPeriod(
  status: SubscriptionStatus,
  { periodStart, periodEnd }: { periodStart: Date | null; periodEnd: Date | null },
): void {
  if (running.includes(status) && !periodEnd)
    throw misfit('missing_period', `It is ${status} without current_period_end.`)
  if (periodStart && periodEnd && periodStart >= periodEnd)
    throw misfit('period_reversed', 'current_period_start is not before current_period_end.')
}
