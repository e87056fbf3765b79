import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { applySnapshot } from './apply-snapshots.ts'
import type { SubscriptionObservation } from './decide-subscription.ts'
import type { SyncOutcome } from './outcome.ts'

export type ApplySubscriptionInput = SubscriptionObservation

/** The one place where a provider's subscription becomes ours, in one transaction under the organization's lock. */
export async function applySubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  return applySnapshot(ctx, scope, { kind: 'subscription', input })
}
