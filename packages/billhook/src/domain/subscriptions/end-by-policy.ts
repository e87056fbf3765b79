import { billingNow, type Context, type Settings } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { errorMessage, InvariantError } from '../../primitives/index.ts'
import { type Alert, listAlerts, noteOnAlert, resolveAlertAbout } from '../alerts/index.ts'
import { endPaidTime, isTerminal } from '../sync/index.ts'
import { cancelSubscription } from './cancel-subscription.ts'
import { getRecord } from './get-subscription.ts'
import { boughtWhatIsLeft } from './paid-time-store.ts'
import type { SubscriptionRecord } from './store.ts'
import { billingBindingOf } from './view-subscription.ts'

const retryAfterMs = 600_000

interface EndingPolicy {
  alertKind: string
  setting: keyof Settings
  /** Who did it, in the audit log. */
  actor: string
  /** What the alert is about, in the audit log. */
  subject: string
  /** Nothing is left for a person to do. */
  isSettled: boolean
  isDue(ctx: Context, record: SubscriptionRecord, alert: Alert, now: Date): Promise<boolean>
}

const policies: readonly EndingPolicy[] = [
  {
    alertKind: 'dispute_lost',
    setting: 'lostDisputePolicy',
    actor: 'lost_dispute_policy',
    subject: 'dispute_id',
    isSettled: false,
    isDue: async () => true,
  },
  {
    alertKind: 'invoice_refunded',
    setting: 'fullRefundPolicy',
    actor: 'full_refund_policy',
    subject: 'invoice_id',
    isSettled: true,
    // A bill of long ago, a duplicate's, or the second one for a month bought nothing that is left.
    isDue: (ctx, { row }, { subject: invoiceId }, now) =>
      inOrganization(ctx.db, row.organizationId, (scope) => boughtWhatIsLeft(scope, { invoiceId, now })),
  },
]

/**
 * Where the policy says so, money that went back ends what it paid for: the subscription at once, and with it the paid time, with a line
 * in the audit log. The alert of a lost dispute stays open for a person. Answers how many were ended.
 */
export async function endSubscriptionsByPolicy(ctx: Context): Promise<number> {
  let ended = 0
  for (const policy of policies.filter(({ setting }) => ctx.settings[setting] === 'end_now')) {
    const { data } = await listAlerts(ctx, { kind: policy.alertKind, status: 'open', limit: 100 })
    const now = ctx.clock.now().toISOString()
    for (const alert of data) {
      const { ended: isDone, retry_at: retryAt } = alert.facts
      if (isDone !== true && !(typeof retryAt === 'string' && retryAt > now)) ended += await endOne(ctx, policy, alert)
    }
  }
  return ended
}

async function endOne(ctx: Context, policy: EndingPolicy, alert: Alert): Promise<number> {
  const { organizationId, facts } = alert
  const { subscription_id: subscriptionId } = facts
  if (organizationId === null || typeof subscriptionId !== 'string') return 0
  try {
    await endNow(ctx, policy, { organizationId, subscriptionId, alert })
  } catch (error) {
    ctx.logger.warn({ alertId: alert.id, error: errorMessage(error) }, 'a subscription could not be ended by policy')
    const retry_at = new Date(ctx.clock.now().getTime() + retryAfterMs).toISOString()
    await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { retry_at }))
    return 0
  }
  const { kind, subject } = alert
  await asPlatform(ctx.db, async (scope) => {
    await noteOnAlert(scope, alert.id, { ended: true })
    if (policy.isSettled) await resolveAlertAbout(scope, ctx, { kind, subject, actor: policy.actor })
  })
  return 1
}

async function endNow(
  ctx: Context,
  policy: EndingPolicy,
  { alert, ...input }: { organizationId: string; subscriptionId: string; alert: Alert },
): Promise<void> {
  const record = await getRecord(ctx, input)
  const provider = billingBindingOf(record)?.provider ?? null
  if (!(await policy.isDue(ctx, record, alert, await billingNow(ctx, provider)))) return
  if (!isTerminal(record.row.status)) {
    const { outcome } = await cancelSubscription(ctx, { ...input, atPeriodEnd: false })
    if (outcome === 'pending') throw new InvariantError('the provider has not said yet whether it ended')
  }
  // What had ended before may have had paid time left.
  await endPaidTime(ctx, {
    ...input,
    at: await billingNow(ctx, provider),
    actor: policy.actor,
    facts: { [policy.subject]: alert.subject },
  })
}
