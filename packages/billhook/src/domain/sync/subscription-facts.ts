import type { BillingFact, SubscriptionFacts } from '../../outbox/billing-event.ts'
import { isLive } from './next-subscription.ts'
import type { SubscriptionRow } from './store.ts'

/** A subscription row as events keep it. */
export interface SubscriptionState {
  row: SubscriptionRow
  provider: string
  externalSubscriptionId: string
}

/**
 * What the difference of two states says, in the order in which it is told. Nothing else emits subscription events, so whoever noticed
 * first (webhook, API, reconciliation, timer), each fact is told once.
 */
export function subscriptionFacts(before: SubscriptionRow | null, after: SubscriptionState): BillingFact[] {
  const row = after.row
  const data = factsOf(after)
  const types = new Set<SubscriptionFactType>()
  if (!before) types.add('subscription.created')
  for (const { type, holds } of rules) if (holds(before, row)) types.add(type)
  if (types.size === 0 && before && hasOtherDifference(before, row)) types.add('subscription.updated')
  const facts: BillingFact[] = [...types].map((type) => ({ type, objectId: row.id, data }))
  if (changesEntitlements(before, row)) facts.push(entitlementsChanged(before, row))
  return facts
}

type SubscriptionFactType = Extract<BillingFact['type'], `subscription.${string}`>
type Rule = { type: SubscriptionFactType; holds: (before: SubscriptionRow | null, after: SubscriptionRow) => boolean }

const owes = (row: SubscriptionRow | null): boolean => row?.status === 'past_due' || row?.status === 'unpaid'
const runs = (row: SubscriptionRow | null): boolean => row?.status === 'active' || row?.status === 'trialing'

const rules: readonly Rule[] = [
  {
    type: 'subscription.activated',
    holds: (before, after) => isLive(after.status) && !(before && isLive(before.status)),
  },
  {
    type: 'subscription.renewed',
    holds: (before, after) =>
      before !== null &&
      isLive(before.status) &&
      isLive(after.status) &&
      before.currentPeriodStart !== null &&
      after.currentPeriodStart !== null &&
      after.currentPeriodStart > before.currentPeriodStart,
  },
  { type: 'subscription.plan_changed', holds: (before, after) => before !== null && before.priceId !== after.priceId },
  { type: 'subscription.past_due', holds: (before, after) => owes(after) && !owes(before) },
  { type: 'subscription.recovered', holds: (before, after) => owes(before) && runs(after) },
  {
    type: 'subscription.paused',
    holds: (before, after) => after.pauseKind !== null && (before?.pauseKind ?? null) === null,
  },
  {
    type: 'subscription.resumed',
    holds: (before, after) =>
      before !== null && before.pauseKind !== null && after.pauseKind === null && isLive(after.status),
  },
  {
    type: 'subscription.cancel_scheduled',
    holds: (before, after) => isLive(after.status) && after.cancelAt !== null && (before?.cancelAt ?? null) === null,
  },
  {
    type: 'subscription.cancel_unscheduled',
    holds: (before, after) =>
      before !== null && before.cancelAt !== null && after.cancelAt === null && isLive(after.status),
  },
  {
    type: 'subscription.canceled',
    holds: (before, after) => after.status === 'canceled' && before?.status !== 'canceled',
  },
]

const watched = [
  'status',
  'quantity',
  'currentPeriodStart',
  'currentPeriodEnd',
  'trialEnd',
  'cancelAt',
  'pauseResumesAt',
] as const satisfies ReadonlyArray<keyof SubscriptionRow>

const hasOtherDifference = (before: SubscriptionRow, after: SubscriptionRow): boolean =>
  watched.some((key) => String(before[key]) !== String(after[key]))

const changesEntitlements = (before: SubscriptionRow | null, after: SubscriptionRow): boolean => {
  const gave = before !== null && isLive(before.status)
  const gives = isLive(after.status)
  if (gave !== gives) return true
  return gives && before !== null && (before.planId !== after.planId || before.quantity !== after.quantity)
}

const entitlementsChanged = (before: SubscriptionRow | null, after: SubscriptionRow): BillingFact => ({
  type: 'entitlements.changed',
  objectId: after.id,
  data: {
    organizationId: after.organizationId,
    grantId: null,
    subscriptionId: after.id,
    planId: after.planId,
    previousPlanId: before?.planId ?? null,
    quantity: after.quantity,
  },
})

export const factsOf = ({ row, provider, externalSubscriptionId }: SubscriptionState): SubscriptionFacts => ({
  id: row.id,
  organizationId: row.organizationId,
  productLine: row.productLine,
  planId: row.planId,
  priceId: row.priceId,
  status: row.status,
  quantity: row.quantity,
  provider,
  externalSubscriptionId,
  currentPeriodStart: row.currentPeriodStart,
  currentPeriodEnd: row.currentPeriodEnd,
  paidThroughAt: row.paidThroughAt,
  trialEnd: row.trialEnd,
  cancelAt: row.cancelAt,
  canceledAt: row.canceledAt,
  endedAt: row.endedAt,
})
