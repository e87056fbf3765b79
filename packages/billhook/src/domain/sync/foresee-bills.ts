import type { OrganizationScope } from '../../db/index.ts'
import type { ChargeData } from '../../providers/provider.ts'
import type { Snapshot } from './apply-snapshots.ts'
import { newsAmong } from './keep-charges.ts'
import { findBinding } from './store.ts'
import { type BillsInput, changedBills, loadCharges } from './write-bills.ts'

interface ForeseeInput extends Omit<BillsInput, 'binding'> {
  externalSubscriptionId: string
  charges: readonly ChargeData[]
}

/** What bills would change if these charges joined those that are kept. Nothing is written. */
export async function foreseeBills(
  scope: OrganizationScope,
  { externalSubscriptionId, charges, origin, observation }: ForeseeInput,
): Promise<Snapshot[]> {
  const binding = await findBinding(scope, origin.provider, externalSubscriptionId)
  if (!binding) return []
  const kept = await loadCharges(scope, binding)
  const all = [...kept.charges, ...newsAmong(kept.charges, charges)]
  return changedBills(scope, { origin, binding, observation }, { ...kept, charges: all })
}
