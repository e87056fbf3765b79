import type { OrganizationScope, OrganizationsScope } from '../../db/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { previewSnapshots, type Snapshot } from '../sync/index.ts'
import { type Comparison, compareSnapshot, undecided } from './compare.ts'
import { selectPayments } from './objects-store.ts'
import { type Reconciling, refusalOf } from './reconciling.ts'

/** Compares what a provider shows with what is kept, in two statements for any number of objects; nothing is written. */
export async function compareKnown(
  { ctx, origin }: Reconciling,
  scope: OrganizationsScope,
  snapshots: ReadonlyArray<{ organizationId: string; snapshot: Snapshot }>,
): Promise<Comparison[]> {
  const asked = snapshots.map(({ organizationId, snapshot }) => ({ organizationId, snapshot: asRepair(snapshot) }))
  const previews = await previewSnapshots(ctx, scope, asked)
  const payments = await selectPayments(scope, origin.provider, asked.flatMap(paymentIds))
  return previews.map((preview, n) => {
    const snapshot = asked[n]?.snapshot as Snapshot
    if (!(preview instanceof Error)) return compareSnapshot(snapshot, preview, payments)
    const refusal = refusalOf(preview)
    if (refusal === null) throw preview
    return undecided(snapshot, refusal)
  })
}

export async function compareOne(
  reconciling: Reconciling,
  scope: OrganizationScope,
  snapshot: Snapshot,
): Promise<Comparison> {
  const [comparison] = await compareKnown(reconciling, scope, [{ organizationId: scope.organizationId, snapshot }])
  if (!comparison) throw new InvariantError('an object was compared and nothing answered')
  return comparison
}

/** As if it were the latest of all readings: what it would change is what differs. */
export function asRepair(snapshot: Snapshot, ticket = Number.MAX_SAFE_INTEGER): Snapshot {
  const observation = { ...snapshot.input.observation, by: 'read', ticket, isRepair: true } as const
  return snapshot.kind === 'subscription'
    ? { kind: 'subscription', input: { ...snapshot.input, observation } }
    : { kind: 'invoice', input: { ...snapshot.input, observation } }
}

const paymentIds = ({ snapshot }: { snapshot: Snapshot }): string[] =>
  snapshot.kind === 'invoice'
    ? (snapshot.input.snapshot.payments ?? []).map(({ externalPaymentId }) => externalPaymentId)
    : []
