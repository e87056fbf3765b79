import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { errorMessage } from '../../primitives/index.ts'
import { type Alert, noteOnAlert, resolveAlertAbout } from '../alerts/index.ts'
import { getPayment } from '../payments/index.ts'
import { refundPayment } from '../refunds/index.ts'
import { findDuplicateMoney } from './duplicate-store.ts'

const retryAfterMs = 600_000

/**
 * Gives back what was paid for a duplicate, where its provider can, and resolves the alert once all of it went back, whoever did it. Bills
 * that are not known yet, and refunds that are under way, are waited for. Answers 1 where it is settled now.
 */
export async function refundDuplicate(ctx: Context, alert: Alert): Promise<number> {
  const { provider, external_subscription_id: externalSubscriptionId } = alert.facts
  const { organizationId } = alert
  if (typeof provider !== 'string' || typeof externalSubscriptionId !== 'string' || organizationId === null) return 0
  const duplicate = { provider, externalSubscriptionId }
  const find = () => inOrganization(ctx.db, organizationId, (scope) => findDuplicateMoney(scope, duplicate))
  try {
    const { paymentIds } = await find()
    for (const paymentId of paymentIds) await refundOne(ctx, alert, { organizationId, paymentId, provider })
    const { isBilled, isReturned } = await find()
    if (isBilled && isReturned) return settle(ctx, alert)
  } catch (error) {
    const facts = { alert_id: alert.id, error: errorMessage(error) }
    ctx.logger.warn(facts, 'what was paid for a duplicate subscription could not be given back')
  }
  const retry_at = new Date(ctx.clock.now().getTime() + retryAfterMs).toISOString()
  await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { retry_at, refund_tries: triesOf(alert) + 1 }))
  return 0
}

const triesOf = ({ facts }: Alert): number => (typeof facts.refund_tries === 'number' ? facts.refund_tries : 0)

async function refundOne(
  ctx: Context,
  alert: Alert,
  { organizationId, paymentId, provider }: { organizationId: string; paymentId: string; provider: string },
): Promise<void> {
  if (!ctx.providers.names.includes(provider) || !ctx.providers.getProvider(provider).refunds) return
  const { amountRefundable } = await getPayment(ctx, { organizationId, paymentId })
  if (amountRefundable === 0) return
  // One key for each try: a refusal is asked about anew, a lost answer never.
  const businessKey = `${alert.id}:${triesOf(alert)}`
  await refundPayment(ctx, { organizationId, paymentId, reason: 'duplicate', businessKey })
}

async function settle(ctx: Context, { id, kind, subject }: Alert): Promise<number> {
  await asPlatform(ctx.db, async (scope) => {
    await noteOnAlert(scope, id, { refunded: true })
    await resolveAlertAbout(scope, ctx, { kind, subject, actor: 'duplicate_policy' })
  })
  return 1
}
