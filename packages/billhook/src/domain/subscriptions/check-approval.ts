import type { Context } from '../../context.ts'
import { readAndApply } from '../sync/index.ts'
import { billedAt } from './billed-change.ts'
import { getRecord, getSubscription, type SubscriptionInput } from './get-subscription.ts'
import type { Subscription } from './subscription.ts'

/**
 * For a buyer who comes back from approving a change: the provider is asked what became of it, so that nobody waits for a webhook. Without
 * such a change nothing is asked. Answers the subscription as it is then. Errors: `subscription_not_found` (404), the provider's own.
 */
export async function checkApproval(ctx: Context, input: SubscriptionInput): Promise<Subscription> {
  const before = await getSubscription(ctx, input)
  if (before.pendingChange?.outcome !== 'requires_approval') return before
  const { organizationId } = input
  const { provider, externalSubscriptionId: externalId } = billedAt(ctx, await getRecord(ctx, input))
  await readAndApply(ctx, { organizationId, provider, kind: 'subscription', externalId, source: 'api' })
  return getSubscription(ctx, input)
}
