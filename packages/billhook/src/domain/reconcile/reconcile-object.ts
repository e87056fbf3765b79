import { inOrganization, lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { storable } from '../../primitives/index.ts'
import { PaymentProviderError } from '../../providers/provider.ts'
import {
  applyDispute,
  applyInvoice,
  applyRefund,
  applySubscription,
  hasCharges,
  isSettled,
  readAndApply,
  retrieve,
  type SyncOutcome,
} from '../sync/index.ts'
import { noteBilledTwice } from './billed-twice.ts'
import type { Comparison } from './compare.ts'
import { asRepair, compareOne } from './compare-known.ts'
import { type Compared, comparedOf } from './compared.ts'
import { lookAtBill, repairBill } from './reconcile-bill.ts'
import { alertUnrepaired, findingsOf, type Reconciling, recordFindings, refusalOf, type Target } from './reconciling.ts'

type OwnedTarget = Target & { organizationId: string }

/**
 * Reads one object anew, because what a list showed may be overtaken by now; compares it, writes down where it differs, and makes ours what
 * the provider says, by the one writer, in one transaction. A dry run only writes down. False: the provider does not know it.
 */
export async function reconcileObject(reconciling: Reconciling, target: OwnedTarget): Promise<boolean> {
  const found: { comparison: Comparison | null } = { comparison: null }
  try {
    await (reconciling.run.dryRun ? look(reconciling, target) : repair(reconciling, target, found))
    return true
  } catch (error) {
    if (error instanceof PaymentProviderError && error.code === 'resource_missing') return false
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    await noteRefusal(reconciling, target, found.comparison, refusal)
    return true
  }
}

async function look(reconciling: Reconciling, target: OwnedTarget): Promise<void> {
  const { ctx, provider } = reconciling
  if (target.object === 'invoice' && hasCharges(provider)) return lookAtBill(reconciling, provider, target)
  const snapshot = await readObject(reconciling, target)
  await inOrganization(ctx.db, target.organizationId, async (scope) => {
    const comparison = await compareOne(reconciling, scope, snapshot)
    if (!comparison) return
    await recordFindings(reconciling, scope, target, findingsOf(comparison, 'dry'))
    await noteBilledTwice(reconciling, scope, target, comparison)
  })
}

async function readObject({ ctx, provider, origin }: Reconciling, { object, externalId }: Target): Promise<Compared> {
  const observation = { by: 'read', at: ctx.clock.now(), ticket: 0, source: 'reconcile' } as const
  const snapshot = storable(await retrieve(provider, object, externalId))
  return comparedOf(object, { origin, snapshot, observation })
}

async function repair(
  reconciling: Reconciling,
  target: OwnedTarget,
  found: { comparison: Comparison | null },
): Promise<void> {
  const { ctx, provider } = reconciling
  const { object, organizationId, externalId } = target
  if (object === 'invoice' && hasCharges(provider)) return repairBill(reconciling, provider, target, found)
  await readAndApply(ctx, {
    organizationId,
    provider,
    kind: object,
    externalId,
    source: 'reconcile',
    apply: (_, scope, input) => compareAndApply(reconciling, scope, target, comparedOf(object, input), found),
  })
}

async function compareAndApply(
  reconciling: Reconciling,
  scope: OrganizationScope,
  target: OwnedTarget,
  snapshot: Compared,
  found: { comparison: Comparison | null },
): Promise<SyncOutcome> {
  await lockOrganization(scope)
  const before = await compareOne(reconciling, scope, snapshot)
  found.comparison = before
  const isRepair = before !== null && before.differences.length > 0
  const outcome = await apply(
    reconciling,
    scope,
    isRepair ? asRepair(snapshot, snapshot.input.observation.ticket) : snapshot,
  )
  if (!isSettled(outcome) || !before) return outcome
  const after = isRepair ? await compareOne(reconciling, scope, snapshot) : before
  const findings = findingsOf(before, new Map(after?.differences.map((left) => [left.field, left])))
  await recordFindings(reconciling, scope, target, findings)
  await alertUnrepaired(reconciling, scope, target, findings)
  if (after) await noteBilledTwice(reconciling, scope, target, after)
  return outcome
}

/**
 * A second live subscription of a product line that only comparing shows is kept for a person: which of the two was meant cannot be told
 * any more, and a cancellation cannot be taken back. The duplicate policy is for what happens under our eyes.
 */
function apply({ ctx }: Reconciling, scope: OrganizationScope, one: Compared): Promise<SyncOutcome> {
  if (one.kind === 'invoice') return applyInvoice(ctx, scope, one.input)
  if (one.kind === 'refund') return applyRefund(ctx, scope, one.input)
  if (one.kind === 'dispute') return applyDispute(ctx, scope, one.input)
  return applySubscription(ctx, scope, { ...one.input, duplicateAlert: 'second_live_subscription' })
}

/** What could not be written is written down with its reason: one odd object does not stop the others. */
async function noteRefusal(
  reconciling: Reconciling,
  target: OwnedTarget,
  comparison: Comparison | null,
  reason: string,
): Promise<void> {
  const differences = comparison?.differences ?? []
  const findings = differences.map(({ field, ours, theirs, severity, refusal }) => {
    const kind = comparison?.isMissing ? ('missing_here' as const) : ('differs' as const)
    return { kind, field, ours, theirs, severity, resolution: 'person' as const, reason: refusal ?? reason }
  })
  const unreadable = {
    kind: 'unreadable',
    ours: null,
    theirs: null,
    severity: 'warning',
    resolution: 'person',
    reason,
  } as const
  await inOrganization(reconciling.ctx.db, target.organizationId, async (scope) => {
    const all = findings.length > 0 ? findings : [unreadable]
    await recordFindings(reconciling, scope, target, all)
    await alertUnrepaired(reconciling, scope, target, all)
  })
}
