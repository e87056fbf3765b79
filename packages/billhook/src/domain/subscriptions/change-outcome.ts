import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import type { SubscriptionChangeResult } from '../../providers/provider.ts'
import type { AppliedOperation, ApplyOperation, RunOperationResult } from '../operations/index.ts'
import { applySubscription, mapPrices, OvertakenError, originOf } from '../sync/index.ts'
import { getSubscription } from './get-subscription.ts'
import { cancelOpenChange, insertChange } from './store.ts'
import type { ManageResult } from './subscription.ts'

/** What is kept of a change's result, as plain JSON: enough to answer again when the same request comes again. */
export type ChangeAnswer =
  | { outcome: 'applied' }
  | { outcome: 'scheduled'; effectiveAt: string }
  | { outcome: 'requires_approval'; approvalUrl: string }
  | { outcome: 'pending_payment'; paymentUrl: string | null }

const answerOf = (result: SubscriptionChangeResult): ChangeAnswer => {
  switch (result.outcome) {
    case 'applied':
      return { outcome: 'applied' }
    case 'scheduled':
      return { outcome: 'scheduled', effectiveAt: result.effectiveAt.toISOString() }
    case 'requires_approval':
      return { outcome: 'requires_approval', approvalUrl: result.approvalUrl }
    case 'pending_payment':
      return { outcome: 'pending_payment', paymentUrl: result.paymentUrl }
  }
}

type ChangeKind =
  | 'cancel_subscription'
  | 'reactivate_subscription'
  | 'update_subscription'
  | 'pause_subscription'
  | 'resume_subscription'

const applyChange = async (
  ctx: Context,
  scope: OrganizationScope,
  operation: AppliedOperation<ChangeKind>,
  result: SubscriptionChangeResult,
  meaning: { endNow?: boolean; releasesHold?: boolean } = {},
): Promise<void> => {
  const { outcome } = await applySubscription(ctx, scope, {
    origin: originOf(ctx.providers.getProvider(operation.provider)),
    snapshot: result.subscription,
    observation: operation.observation,
    ...meaning,
  })
  if (outcome === 'reread')
    throw new OvertakenError(`Operation ${operation.id} was answered with what is no longer the latest.`)
}

/** Cancelling supersedes whatever change was still open. */
export const applyCanceled: ApplyOperation<'cancel_subscription', ChangeAnswer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  if (operation.subscriptionId) await cancelOpenChange(scope, operation.subscriptionId, ctx.clock.now())
  // An end that had been scheduled takes nothing back: it comes when the paid time is over.
  const endNow = !operation.input.atPeriodEnd && operation.input.endsAt === undefined
  await applyChange(ctx, scope, operation, result, { endNow })
  // A scheduled end is what was asked for: the wish is applied, the end comes later.
  return { outcome: 'applied' }
}

export const applyReactivated: ApplyOperation<'reactivate_subscription', ChangeAnswer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  await applyChange(ctx, scope, operation, result)
  return answerOf(result)
}

export const applyPaused: ApplyOperation<'pause_subscription', ChangeAnswer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  const isEnding = operation.input.endsAt !== undefined
  if (isEnding && operation.subscriptionId) await cancelOpenChange(scope, operation.subscriptionId, ctx.clock.now())
  await applyChange(ctx, scope, operation, result)
  return answerOf(result)
}

export const applyResumed: ApplyOperation<'resume_subscription', ChangeAnswer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  await applyChange(ctx, scope, operation, result, { releasesHold: true })
  return answerOf(result)
}

/** Not real yet: kept as the one open change, until a snapshot shows it. */
export const applyUpdated: ApplyOperation<'update_subscription', ChangeAnswer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  await applyChange(ctx, scope, operation, result)
  if (result.outcome === 'applied' || !operation.subscriptionId) return answerOf(result)
  const now = ctx.clock.now()
  const [item] = operation.input.items
  const [price] = item ? await mapPrices(scope, operation.provider, [item.externalPriceId]) : []
  await cancelOpenChange(scope, operation.subscriptionId, now)
  await insertChange(scope, {
    id: ctx.ids.next('subscriptionChange'),
    organizationId: scope.organizationId,
    subscriptionId: operation.subscriptionId,
    operationId: operation.id,
    status: 'open',
    outcome: result.outcome,
    toPriceId: price?.priceId ?? null,
    toQuantity: item?.quantity ?? null,
    proration: operation.input.proration,
    approvalUrl: result.outcome === 'requires_approval' ? result.approvalUrl : null,
    expiresAt: result.outcome === 'requires_approval' ? result.expiresAt : null,
    effectiveAt: result.outcome === 'scheduled' ? result.effectiveAt : null,
    createdAt: now,
    updatedAt: now,
  })
  return answerOf(result)
}

/** What the caller hears: the outcome with the subscription as it is now, and `how` it was done where the provider could not do it. */
export async function manageResult(
  ctx: Context,
  subject: { organizationId: string; subscriptionId: string },
  done: RunOperationResult<ChangeAnswer>,
  how?: string,
): Promise<ManageResult> {
  if (done.status === 'unknown') return { outcome: 'pending', operationId: done.operationId }
  const subscription = await getSubscription(ctx, subject)
  const { answer } = done
  if (answer.outcome === 'applied') return { ...answer, subscription, ...(how !== undefined && { how }) }
  return answer.outcome === 'scheduled'
    ? { outcome: 'scheduled', effectiveAt: new Date(answer.effectiveAt), subscription }
    : { ...answer, subscription }
}
