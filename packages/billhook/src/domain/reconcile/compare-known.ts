import type { OrganizationScope, OrganizationsScope } from '../../db/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { type MoneyBack, previewMoneyBack, previewSnapshots, type Snapshot } from '../sync/index.ts'
import { type Comparison, compareSnapshot, undecided } from './compare.ts'
import { compareMoneyBack } from './compare-money-back.ts'
import { type Compared, isMoneyBack } from './compared.ts'
import { selectPayments } from './objects-store.ts'
import { type Reconciling, refusalOf } from './reconciling.ts'

interface Owned<T extends Compared = Compared> {
  organizationId: string
  snapshot: T
}

/**
 * Compares what a provider shows, all of one kind, with what is kept, in a few statements for any number of objects; nothing is written.
 * Null: it belongs to nothing that is kept here.
 */
export async function compareKnown(
  reconciling: Reconciling,
  scope: OrganizationsScope,
  snapshots: readonly Owned[],
): Promise<Array<Comparison | null>> {
  const asked = snapshots.map(({ organizationId, snapshot }) => ({ organizationId, snapshot: asRepair(snapshot) }))
  const moneyBack = asked.flatMap(({ snapshot }) => (isMoneyBack(snapshot) ? [snapshot] : []))
  return moneyBack.length > 0
    ? compareAllMoneyBack(reconciling, scope, moneyBack)
    : compareSnapshots(reconciling, scope, asked.filter(isOfSnapshot))
}

const isOfSnapshot = (owned: Owned): owned is Owned<Snapshot> => !isMoneyBack(owned.snapshot)

async function compareAllMoneyBack(
  { origin }: Reconciling,
  scope: OrganizationsScope,
  asked: readonly MoneyBack[],
): Promise<Array<Comparison | null>> {
  const previews = await previewMoneyBack(scope, origin.provider, asked)
  return previews.map((preview, n) => compareMoneyBack(asked[n] as MoneyBack, preview))
}

async function compareSnapshots(
  { ctx, origin }: Reconciling,
  scope: OrganizationsScope,
  asked: ReadonlyArray<Owned<Snapshot>>,
): Promise<Comparison[]> {
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
  snapshot: Compared,
): Promise<Comparison | null> {
  const [comparison] = await compareKnown(reconciling, scope, [{ organizationId: scope.organizationId, snapshot }])
  if (comparison === undefined) throw new InvariantError('an object was compared and nothing answered')
  return comparison
}

/** As if it were the latest of all readings: what it would change is what differs. */
export function asRepair<T extends Compared>(one: T, ticket = Number.MAX_SAFE_INTEGER): T {
  const observation = { ...one.input.observation, by: 'read', ticket, isRepair: true } as const
  return { ...one, input: { ...one.input, observation } }
}

const paymentIds = ({ snapshot }: Owned<Snapshot>): string[] =>
  snapshot.kind === 'invoice'
    ? (snapshot.input.snapshot.payments ?? []).map(({ externalPaymentId }) => externalPaymentId)
    : []
