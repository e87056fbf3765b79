import { asPlatform } from '../../db/index.ts'
import type { OurReference } from '../../providers/provider.ts'
import type { Snapshot } from '../sync/index.ts'
import { selectOrganizations, selectRefs } from './objects-store.ts'
import type { Reconciling } from './reconciling.ts'

/** Whose an object is; `claimed`: the organization of ours that it names, where that is not whose its ids are. */
export type Ownership = { organizationId: string } | { contradiction: string[] } | 'nobody'

interface Refs {
  customer: string
  subscription: string | null
  invoice: string | null
  reference: OurReference
}

const refsOf = (snapshot: Snapshot): Refs =>
  snapshot.kind === 'subscription'
    ? {
        customer: snapshot.input.snapshot.externalCustomerId,
        subscription: snapshot.input.snapshot.externalSubscriptionId,
        invoice: null,
        reference: snapshot.input.snapshot.reference,
      }
    : {
        customer: snapshot.input.snapshot.externalCustomerId,
        subscription: snapshot.input.snapshot.externalSubscriptionId,
        invoice: snapshot.input.snapshot.externalInvoiceId,
        reference: snapshot.input.snapshot.reference,
      }

const kinds = ['customer', 'subscription', 'invoice'] as const

/**
 * Whose are the objects of a page? As with webhooks, the external ids that we know decide, and metadata helps only where none is known: an
 * object whose ids belong to two organizations is nobody's to change.
 */
export async function ownersOf({ ctx, run }: Reconciling, snapshots: readonly Snapshot[]): Promise<Ownership[]> {
  const all = snapshots.map(refsOf)
  const idsOf = (kind: (typeof kinds)[number]) => [...new Set(all.flatMap((refs) => refs[kind] ?? []))]
  const claimed = [...new Set(all.flatMap(({ reference }) => reference.organizationId ?? []))]
  const { known, organizations } = await asPlatform(ctx.db, async (scope) => ({
    known: await selectRefs(scope, run.provider, {
      customer: idsOf('customer'),
      subscription: idsOf('subscription'),
      invoice: idsOf('invoice'),
    }),
    organizations: await selectOrganizations(scope, claimed),
  }))
  const owners = new Map(known.map(({ kind, externalId, organizationId }) => [`${kind} ${externalId}`, organizationId]))
  return all.map((refs) => ownershipOf(refs, owners, organizations))
}

function ownershipOf(refs: Refs, known: ReadonlyMap<string, string>, organizations: ReadonlySet<string>): Ownership {
  const owners = new Set(kinds.flatMap((kind) => known.get(`${kind} ${refs[kind]}`) ?? []))
  const claimed = refs.reference.organizationId
  const isOurs = claimed !== undefined && organizations.has(claimed)
  if (claimed !== undefined && (isOurs || owners.size > 0)) owners.add(claimed)
  const [organizationId] = owners
  if (owners.size > 1) return { contradiction: [...owners] }
  return organizationId === undefined ? 'nobody' : { organizationId }
}
