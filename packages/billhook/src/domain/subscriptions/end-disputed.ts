import { billingNow, type Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { errorMessage, InvariantError } from '../../primitives/index.ts'
import { type Alert, listAlerts, noteOnAlert } from '../alerts/index.ts'
import { endPaidTime, isTerminal } from '../sync/index.ts'
import { cancelSubscription } from './cancel-subscription.ts'
import { getRecord } from './get-subscription.ts'
import { billingBindingOf } from './view-subscription.ts'

const retryAfterMs = 600_000

/**
 * Where the policy says so, a lost dispute ends what its payment was for: the subscription at once, and with it the paid time, with a line
 * in the audit log. The alert stays open for a person. Answers how many were ended.
 */
export async function endDisputedSubscriptions(ctx: Context): Promise<number> {
  if (ctx.settings.lostDisputePolicy !== 'end_now') return 0
  const { data } = await listAlerts(ctx, { kind: 'dispute_lost', status: 'open', limit: 100 })
  const now = ctx.clock.now().toISOString()
  let ended = 0
  for (const alert of data) {
    const { ended: isDone, retry_at: retryAt } = alert.facts
    if (isDone !== true && !(typeof retryAt === 'string' && retryAt > now)) ended += await endDisputed(ctx, alert)
  }
  return ended
}

async function endDisputed(ctx: Context, alert: Alert): Promise<number> {
  const { organizationId, facts } = alert
  const { subscription_id: subscriptionId } = facts
  if (organizationId === null || typeof subscriptionId !== 'string') return 0
  try {
    await endNow(ctx, { organizationId, subscriptionId, disputeId: alert.subject })
  } catch (error) {
    ctx.logger.warn({ alertId: alert.id, error: errorMessage(error) }, 'a disputed subscription could not be ended')
    const retry_at = new Date(ctx.clock.now().getTime() + retryAfterMs).toISOString()
    await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { retry_at }))
    return 0
  }
  await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { ended: true }))
  return 1
}

async function endNow(
  ctx: Context,
  input: { organizationId: string; subscriptionId: string; disputeId: string },
): Promise<void> {
  const record = await getRecord(ctx, input)
  if (!isTerminal(record.row.status)) {
    const { outcome } = await cancelSubscription(ctx, { ...input, atPeriodEnd: false })
    if (outcome === 'pending') throw new InvariantError('the provider has not said yet whether it ended')
  }
  // What had ended before may have had paid time left.
  await endPaidTime(ctx, {
    ...input,
    at: await billingNow(ctx, billingBindingOf(record)?.provider ?? null),
    actor: 'lost_dispute_policy',
    facts: { dispute_id: input.disputeId },
  })
}
