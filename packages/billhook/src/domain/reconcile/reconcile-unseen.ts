import { asPlatform, inOrganization } from '../../db/index.ts'
import { openAlert } from '../alerts/index.ts'
import { isLiveData } from './compare.ts'
import { canCompare } from './list-objects.ts'
import { selectStatus, selectUnseen } from './objects-store.ts'
import { reconcileObject } from './reconcile-object.ts'
import type { PageResult } from './reconcile-page.ts'
import type { ObjectKind, ReconcileCounts } from './reconcile-run.ts'
import { type Reconciling, recordFindings, type Target } from './reconciling.ts'

const rowsAtOnce = 100
/** A wrong key would make every subscription unknown, which a hundred alerts say as well as thousands. */
const alertsAtMost = 100

/**
 * What is known here and no list has shown is asked for by name: lists shift while they are read, and some leave old objects out. What the
 * provider does not know at all is written down for a person; nobody's access is taken because of it.
 */
export async function reconcileUnseen(
  reconciling: Reconciling,
  object: ObjectKind,
  after: string | null,
  counts: ReconcileCounts,
): Promise<PageResult> {
  const { ctx, run, provider } = reconciling
  // Where there is no list, nothing is missing on it.
  if (!canCompare(provider, object)) return { nextCursor: null, seen: [], counts }
  const unseen = await asPlatform(ctx.db, (scope) => selectUnseen(scope, { run, object, after, rows: rowsAtOnce }))
  let { liveUnknown } = counts
  for (const { externalId, organizationId } of unseen) {
    await reconciling.touch()
    const target = { object, externalId, organizationId }
    if (await reconcileObject(reconciling, target)) continue
    if (await noteUnknown(reconciling, target, { mayAlert: liveUnknown < alertsAtMost })) liveUnknown += 1
  }
  const nextCursor = unseen.length < rowsAtOnce ? null : (unseen.at(-1)?.externalId ?? null)
  return { nextCursor, seen: [], counts: { ...counts, liveUnknown } }
}

/** Answers whether it is live here. */
async function noteUnknown(
  reconciling: Reconciling,
  target: Target & { organizationId: string },
  { mayAlert }: { mayAlert: boolean },
): Promise<boolean> {
  const { ctx, run } = reconciling
  const { object, externalId, organizationId } = target
  return inOrganization(ctx.db, organizationId, async (scope) => {
    const ours = await selectStatus(scope, { provider: run.provider, object, externalId })
    // What is neither here nor there any more, a draft that was deleted, say, is nothing to look at.
    if (ours === null) return false
    const isLive = object === 'subscription' && isLiveData({ status: ours })
    const severity = isLive ? 'critical' : 'info'
    const reason = 'The provider does not know it: is this the key of another account, or was it deleted there?'
    const finding = { kind: 'unknown_at_provider', ours, theirs: null, severity, reason } as const
    await recordFindings(reconciling, scope, target, [{ ...finding, resolution: 'person' }])
    if (isLive && mayAlert && !run.dryRun)
      await openAlert(scope, ctx, {
        kind: 'unknown_at_provider',
        subject: `${run.provider}:${externalId}`,
        severity,
        detail: `Subscription ${externalId} is ${ours} here, and ${run.provider} does not know it.`,
        facts: { run_id: run.id },
      })
    return isLive
  })
}
