import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { errorMessage } from '../../primitives/index.ts'
import { type Alert, listAlerts, noteOnAlert } from '../alerts/index.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import { applySubscription, OvertakenError, originOf } from '../sync/index.ts'
import { refundDuplicate } from './refund-duplicate.ts'

const retryAfterMs = 600_000

/**
 * A second paid subscription of one product line is cancelled at its provider, at once, and what was paid for it goes back, where the policy
 * says so. Its alert stays open until all of it has, by us or by somebody. Answers how many were cancelled or given back.
 */
export async function cancelDuplicateSubscriptions(ctx: Context): Promise<number> {
  if (ctx.settings.duplicatePolicy !== 'cancel') return 0
  const { data } = await listAlerts(ctx, { kind: 'duplicate_subscription', status: 'open', limit: 100 })
  let done = 0
  const now = ctx.clock.now().toISOString()
  for (const alert of data) {
    const { canceled: isCanceled, retry_at: retryAt } = alert.facts
    if (typeof retryAt === 'string' && retryAt > now) continue
    done += isCanceled === true ? await refundDuplicate(ctx, alert) : await cancelDuplicate(ctx, alert)
  }
  return done
}

async function cancelDuplicate(ctx: Context, alert: Alert): Promise<number> {
  const { provider: name, external_subscription_id: externalSubscriptionId } = alert.facts
  if (typeof name !== 'string' || typeof externalSubscriptionId !== 'string') return 0
  if (!ctx.providers.names.includes(name) || alert.organizationId === null) return 0
  const provider = ctx.providers.getProvider(name)
  if (!provider.capabilities.cancel.immediately) return 0
  const input = { externalSubscriptionId, atPeriodEnd: false }
  try {
    const done = await runOperation(ctx, {
      kind: 'cancel_subscription',
      provider: name,
      businessKey: `cancel_duplicate:${name}:${externalSubscriptionId}`,
      retriesFailure: true,
      organizationId: alert.organizationId,
      input,
      target: { kind: 'subscription', externalId: externalSubscriptionId },
      call: (operation) => provider.cancelSubscription(input, operation),
      apply: applyDuplicateCanceled,
    })
    if (done.status !== 'succeeded') return 0
  } catch (error) {
    ctx.logger.warn(
      { alert_id: alert.id, error: errorMessage(error) },
      'a duplicate subscription could not be cancelled',
    )
    const retry_at = new Date(ctx.clock.now().getTime() + retryAfterMs).toISOString()
    await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { retry_at }))
    return 0
  }
  await asPlatform(ctx.db, (scope) => noteOnAlert(scope, alert.id, { canceled: true }))
  return 1
}

const applyDuplicateCanceled: ApplyOperation<'cancel_subscription', null> = async (ctx, scope, operation, result) => {
  const provider = ctx.providers.getProvider(operation.provider)
  const { outcome } = await applySubscription(ctx, scope, {
    origin: originOf(provider),
    snapshot: result.subscription,
    observation: operation.observation,
  })
  if (outcome === 'reread')
    throw new OvertakenError(`Operation ${operation.id} was answered with what is no longer the latest.`)
  return null
}
