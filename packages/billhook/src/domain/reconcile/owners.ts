import { asPlatform } from '../../db/index.ts'
import { type Compared, namedBy, refKinds } from './compared.ts'
import { selectOrganizations, selectRefs } from './objects-store.ts'
import type { Reconciling } from './reconciling.ts'

/** Whose an object is; `claimed`: the organization of ours that it names, where that is not whose its ids are. */
export type Ownership = { organizationId: string } | { contradiction: string[] } | 'nobody'

/**
 * Whose are the objects of a page? As with webhooks, the external ids that we know decide, and metadata helps only where none is known: an
 * object whose ids belong to two organizations is nobody's to change.
 */
export async function ownersOf({ ctx, run }: Reconciling, snapshots: readonly Compared[]): Promise<Ownership[]> {
  const all = snapshots.map((one) => ({ ids: namedBy(one), claimed: claimedBy(one) }))
  const idsOf = (kind: (typeof refKinds)[number]) => [...new Set(all.flatMap(({ ids }) => ids[kind] ?? []))]
  const claimed = [...new Set(all.flatMap((one) => one.claimed ?? []))]
  const { known, organizations } = await asPlatform(ctx.db, async (scope) => ({
    known: await selectRefs(
      scope,
      run.provider,
      refKinds.map((kind) => ({ kind, externalIds: idsOf(kind) })),
    ),
    organizations: await selectOrganizations(scope, claimed),
  }))
  const owners = new Map(known.map(({ kind, externalId, organizationId }) => [`${kind} ${externalId}`, organizationId]))
  return all.map((one) => ownershipOf(one, owners, organizations))
}

/** A dispute is the bank's, and names nobody. */
const claimedBy = ({ input: { snapshot } }: Compared): string | undefined =>
  'reference' in snapshot ? snapshot.reference.organizationId : undefined

function ownershipOf(
  { ids, claimed }: { ids: ReturnType<typeof namedBy>; claimed: string | undefined },
  known: ReadonlyMap<string, string>,
  organizations: ReadonlySet<string>,
): Ownership {
  const owners = new Set(refKinds.flatMap((kind) => known.get(`${kind} ${ids[kind]}`) ?? []))
  const isOurs = claimed !== undefined && organizations.has(claimed)
  if (claimed !== undefined && (isOurs || owners.size > 0)) owners.add(claimed)
  const [organizationId] = owners
  if (owners.size > 1) return { contradiction: [...owners] }
  return organizationId === undefined ? 'nobody' : { organizationId }
}
