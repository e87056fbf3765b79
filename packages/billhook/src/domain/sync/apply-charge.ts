import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import type { ChargeData } from '../../providers/provider.ts'
import { keepCharges } from './keep-charges.ts'
import { applied, type SnapshotOrigin, type SyncOutcome, unchanged } from './outcome.ts'
import { type BindingRow, findBinding } from './store.ts'
import type { Observation } from './version.ts'

export interface ApplyChargeInput {
  origin: SnapshotOrigin
  snapshot: ChargeData
  observation: Observation
}

/** An attempt to collect joins those that are known of its subscription, and the bills are written anew from all of them. */
export async function applyCharge(
  ctx: Context,
  scope: OrganizationScope,
  { origin, snapshot, observation }: ApplyChargeInput,
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const { externalSubscriptionId } = snapshot
  const binding = await findBinding(scope, origin.provider, externalSubscriptionId)
  if (!binding || !knowsTermsOf(binding, snapshot)) return { outcome: 'needs', externalSubscriptionId }
  const isNews = await keepCharges(ctx, scope, { origin, binding, observation, charges: [snapshot] })
  return isNews ? applied : unchanged
}

/** A charge at another price than the terms say, and later than they were seen: they may have changed since. */
function knowsTermsOf({ terms: kept, observedAt }: BindingRow, { amount, attemptedAt }: ChargeData): boolean {
  const present = kept?.history.at(-1)
  if (!present || !observedAt) return false
  const { terms } = present
  return amount === terms.amount + terms.tax || attemptedAt <= observedAt
}
