import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { type ApplySubscriptionInput, applySubscription } from './apply-subscription.ts'
import type { SyncOutcome } from './outcome.ts'
import { findBinding, findSubscriptionRow, markTrialEndTold } from './store.ts'
import { factsOf } from './subscription-facts.ts'

/** The provider's reminder is no change of state: the snapshot is applied like any other, and the reminder told once for each trial end. */
export async function noteTrialEnding(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const outcome = await applySubscription(ctx, scope, input)
  if (outcome.outcome === 'reread' || outcome.outcome === 'needs') return outcome
  const { provider } = input.origin
  const { externalSubscriptionId } = input.snapshot
  const binding = await findBinding(scope, provider, externalSubscriptionId)
  const row = binding?.role === 'billing' ? await findSubscriptionRow(scope, binding.subscriptionId) : null
  if (row?.status !== 'trialing' || !(await markTrialEndTold(scope, row.id))) return outcome
  await appendFacts(ctx, scope, {
    facts: [
      { type: 'subscription.trial_ending', objectId: row.id, data: factsOf({ row, provider, externalSubscriptionId }) },
    ],
    source: input.observation.source,
    occurredAt: input.observation.at,
  })
  return outcome
}
