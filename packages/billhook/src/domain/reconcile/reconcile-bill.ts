import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import {
  type BasePaymentProvider,
  type ChargeAbility,
  type ChargeData,
  subscriptionOfBill,
} from '../../providers/provider.ts'
import {
  foreseeBills,
  type KeepChargesInput,
  keepCharges,
  listAllCharges,
  readCharges,
  type Snapshot,
} from '../sync/index.ts'
import type { Comparison } from './compare.ts'
import { compareOne } from './compare-known.ts'
import { alertUnrepaired, findingsOf, type Reconciling, recordFindings, type Target } from './reconciling.ts'

type OwnedTarget = Target & { organizationId: string }
type WithCharges = BasePaymentProvider & { charges: ChargeAbility }

/**
 * A bill that is written here is compared with what all charges make of it: those that the provider lists now and those that are known.
 * A charge that is known and not listed is no difference, because lists lag.
 */
export async function lookAtBill(
  reconciling: Reconciling,
  { charges: ability }: WithCharges,
  target: OwnedTarget,
): Promise<void> {
  const { ctx, origin } = reconciling
  const charges = await listAllCharges(ability, subscriptionOfBill(target.externalId))
  const observation = { by: 'read', at: ctx.clock.now(), ticket: 0, source: 'reconcile' } as const
  await inOrganization(ctx.db, target.organizationId, async (scope) => {
    const externalSubscriptionId = subscriptionOfBill(target.externalId)
    const bills = await foreseeBills(scope, { origin, observation, externalSubscriptionId, charges })
    const comparison = await compareBill(reconciling, scope, target, bills)
    if (comparison) await recordFindings(reconciling, scope, target, findingsOf(comparison, 'dry'))
  })
}

/** The same, and what differs is written, by the one writer. */
export async function repairBill(
  reconciling: Reconciling,
  provider: WithCharges,
  target: OwnedTarget,
  found: { comparison: Comparison | null },
): Promise<void> {
  const { ctx } = reconciling
  const { organizationId } = target
  const keep = async (scope: OrganizationScope, input: KeepChargesInput): Promise<boolean> => {
    const before = await compareBill(reconciling, scope, target, await foresee(scope, input, input.charges))
    found.comparison = before
    const isNews = await keepCharges(ctx, scope, input)
    if (!before) return isNews
    const after = await compareBill(reconciling, scope, target, await foresee(scope, input, []))
    const findings = findingsOf(before, new Map(after?.differences.map((left) => [left.field, left])))
    await recordFindings(reconciling, scope, target, findings)
    await alertUnrepaired(reconciling, scope, target, findings)
    return isNews
  }
  const externalSubscriptionId = subscriptionOfBill(target.externalId)
  await readCharges(ctx, { organizationId, provider, externalSubscriptionId, source: 'reconcile', keep })
}

const foresee = (scope: OrganizationScope, input: KeepChargesInput, charges: readonly ChargeData[]) =>
  foreseeBills(scope, { ...input, externalSubscriptionId: input.binding.externalSubscriptionId, charges })

/** Null: it is as it should be. */
async function compareBill(
  reconciling: Reconciling,
  scope: OrganizationScope,
  { externalId }: Target,
  changed: readonly Snapshot[],
): Promise<Comparison | null> {
  const bill = changed.find(({ kind, input }) => kind === 'invoice' && input.snapshot.externalInvoiceId === externalId)
  return bill ? compareOne(reconciling, scope, bill) : null
}
