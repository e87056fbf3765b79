import { asPlatform, inOrganization, inOrganizations } from '../../db/index.ts'
import { openAlert } from '../alerts/index.ts'
import { noteBilledTwice } from './billed-twice.ts'
import { type Comparison, isLiveData } from './compare.ts'
import { compareKnown } from './compare-known.ts'
import { type Compared, externalIdOf } from './compared.ts'
import { listObjects } from './list-objects.ts'
import { type Ownership, ownersOf } from './owners.ts'
import { reconcileObject } from './reconcile-object.ts'
import type { ObjectKind, ReconcileCounts } from './reconcile-run.ts'
import { type Reconciling, recordFindings, type Target } from './reconciling.ts'

/** What a page of a list leads to; kept together with the place where the run goes on. */
export interface PageResult {
  nextCursor: string | null
  seen: string[]
  counts: ReconcileCounts
}

interface Listed {
  target: Target
  snapshot: Compared
}
type Owned = Listed & { target: Target & { organizationId: string } }

/** Reads one page of the provider's objects, compares all of it at once, and sees to what is not the same, one by one. */
export async function reconcilePage(
  reconciling: Reconciling,
  object: ObjectKind,
  cursor: string | null,
  counts: ReconcileCounts,
): Promise<PageResult> {
  const page = await listObjects(reconciling, object, cursor)
  const ownerships = await ownersOf(reconciling, page.snapshots)
  const listed = page.snapshots.map((snapshot, n) => sortOut(object, snapshot, ownerships[n] ?? 'nobody'))
  const owned = listed.flatMap((one) => ('owned' in one ? [one.owned] : []))
  const comparisons = await compareOwned(reconciling, owned)
  for (const [n, one] of owned.entries()) {
    const comparison = comparisons[n]
    if (comparison) await seeTo(reconciling, one, comparison)
  }
  const unbilled = owned.filter((_, n) => comparisons[n] === null)
  const orphans = [...listed.flatMap((one) => ('orphan' in one ? [one.orphan] : [])), ...unbilled]
  await noteOthers(reconciling, {
    object,
    orphans: object === 'subscription' ? orphans.slice(0, Math.max(0, namedAtMost - counts.orphanSubscriptions)) : [],
    contradictions: listed.flatMap((one) => ('contradiction' in one ? [one.contradiction] : [])),
    unreadable: page.unreadable,
  })
  return {
    nextCursor: page.nextCursor,
    seen: [...page.snapshots.map(externalIdOf), ...page.unreadable.map(({ externalId }) => externalId)],
    counts: countsAfter(counts, object, page.snapshots.length + page.unreadable.length, orphans),
  }
}

/** An account that others bill with, too, may hold more orphans than anybody wants to read. */
const namedAtMost = 1_000

function countsAfter(counts: ReconcileCounts, object: ObjectKind, read: number, orphans: Listed[]): ReconcileCounts {
  const { all, nobodys } = countsOf[object]
  const after = { ...counts, [all]: counts[all] + read, [nobodys]: counts[nobodys] + orphans.length }
  if (object !== 'subscription') return after
  const live = orphans.filter(({ snapshot }) => isLiveData(snapshot.input.snapshot)).length
  return { ...after, liveOrphanSubscriptions: counts.liveOrphanSubscriptions + live }
}

const countsOf = {
  subscription: { all: 'subscriptions', nobodys: 'orphanSubscriptions' },
  invoice: { all: 'invoices', nobodys: 'orphanInvoices' },
  refund: { all: 'refunds', nobodys: 'orphanRefunds' },
  dispute: { all: 'disputes', nobodys: 'orphanDisputes' },
} as const satisfies Record<ObjectKind, Record<'all' | 'nobodys', keyof ReconcileCounts>>

type Sorted = { owned: Owned } | { orphan: Listed } | { contradiction: Listed & { owners: string[] } }

function sortOut(object: ObjectKind, snapshot: Compared, ownership: Ownership): Sorted {
  const target = { object, externalId: externalIdOf(snapshot), organizationId: null }
  if (ownership === 'nobody') return { orphan: { target, snapshot } }
  if ('contradiction' in ownership) return { contradiction: { target, snapshot, owners: ownership.contradiction } }
  return { owned: { target: { ...target, organizationId: ownership.organizationId }, snapshot } }
}

async function compareOwned(reconciling: Reconciling, owned: readonly Owned[]): Promise<Array<Comparison | null>> {
  if (owned.length === 0) return []
  const organizationIds = [...new Set(owned.map(({ target }) => target.organizationId))]
  const snapshots = owned.map(({ target, snapshot }) => ({ organizationId: target.organizationId, snapshot }))
  return inOrganizations(reconciling.ctx.db, { organizationIds }, (scope) =>
    compareKnown(reconciling, scope, snapshots),
  )
}

/** What is the same needs no further reading; what is not is read again, because a list is older than what it is compared with. */
async function seeTo(reconciling: Reconciling, { target }: Owned, comparison: Comparison): Promise<void> {
  await reconciling.touch()
  if (comparison.needs !== null)
    await reconcileObject(reconciling, { ...target, object: 'subscription', externalId: comparison.needs })
  if (comparison.differences.length > 0) await reconcileObject(reconciling, target)
  else if (comparison.billedBeside !== null)
    await inOrganization(reconciling.ctx.db, target.organizationId, (scope) =>
      noteBilledTwice(reconciling, scope, target, comparison),
    )
}

interface Others {
  object: ObjectKind
  orphans: Listed[]
  contradictions: Array<Listed & { owners: string[] }>
  unreadable: Array<{ externalId: string; reason: string }>
}

/** What is nobody's here, more than one's, or unreadable: written down for a person, and nothing of it is applied. */
async function noteOthers(reconciling: Reconciling, others: Others): Promise<void> {
  const { ctx, run } = reconciling
  const { object, orphans, contradictions, unreadable } = others
  if (orphans.length + contradictions.length + unreadable.length === 0) return
  const person = { resolution: 'person', ours: null } as const
  await asPlatform(ctx.db, async (scope) => {
    for (const { target, snapshot } of orphans) {
      const { status, externalCustomerId } = snapshot.input.snapshot
      const severity = isLiveData({ status }) ? 'warning' : 'info'
      const theirs = { status, external_customer_id: externalCustomerId }
      const reason = 'Its customer is none of ours.'
      await recordFindings(reconciling, scope, target, [{ kind: 'orphan', theirs, severity, reason, ...person }])
    }
    for (const { target, owners } of contradictions) {
      const reason = `It names objects of more than one organization: ${owners.join(', ')}.`
      const finding = {
        kind: 'differs',
        field: 'organization_id',
        theirs: owners,
        severity: 'critical',
        reason,
      } as const
      await recordFindings(reconciling, scope, target, [{ ...finding, ...person }])
      if (!run.dryRun)
        await openAlert(scope, ctx, {
          kind: 'foreign_reference',
          subject: `${run.provider}:${target.externalId}`,
          severity: 'critical',
          detail: `${object} ${target.externalId} of ${run.provider} names objects of more than one organization; nothing was applied.`,
          facts: { run_id: run.id, owners },
        })
    }
    for (const { externalId, reason } of unreadable) {
      const finding = { kind: 'unreadable', theirs: null, severity: 'warning', reason } as const
      await recordFindings(reconciling, scope, { object, externalId, organizationId: null }, [
        { ...finding, ...person },
      ])
    }
  })
}
