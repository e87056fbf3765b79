import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { applySnapshot } from './apply-snapshots.ts'
import type { SubscriptionObservation } from './decide-subscription.ts'
import type { SyncOutcome } from './outcome.ts'
import { findBinding } from './store.ts'
import { writeBills } from './write-bills.ts'

export type ApplySubscriptionInput = SubscriptionObservation

/** The one place where a provider's subscription becomes ours, in one transaction under the organization's lock. */
export async function applySubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: ApplySubscriptionInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const outcome = await applySnapshot(ctx, scope, { kind: 'subscription', input })
  const { origin, snapshot, observation } = input
  if (!snapshot.terms) return outcome
  // What bills are written from may have changed, even by what is too old for the subscription itself.
  const binding = await findBinding(scope, origin.provider, snapshot.externalSubscriptionId)
  if (binding) await writeBills(ctx, scope, { origin, binding, observation })
  return outcome
}
