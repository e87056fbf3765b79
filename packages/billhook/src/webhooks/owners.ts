import type { Context } from '../context.ts'
import { asPlatform } from '../db/index.ts'
import type { ExternalRefs } from '../providers/provider.ts'
import { findOwners, knownRefs } from './inbox.ts'

/** Whose an event is, or why that is not certain. */
export type Ownership = { organizationId: string } | 'nobody' | 'contradiction'

interface Claim {
  provider: string
  refs: ExternalRefs
}

/** An external id has one owner for ever (nothing may change or delete a row of external_refs), so what was read once stays true. */
const remembered = new WeakMap<Context, Map<string, string>>()
const rememberedAtMost = 20_000

/**
 * Whose is each of these events? The external ids that we know decide; metadata, which anybody with the provider's dashboard can write, can
 * only contradict them here. One id that is remembered is enough: another's object among the rest fails to be written, on its unique key.
 */
export async function ownersOf(ctx: Context, claims: readonly Claim[]): Promise<Ownership[]> {
  const memory = remembered.get(ctx) ?? new Map<string, string>()
  remembered.set(ctx, memory)
  const missing = claims
    .map(({ provider, refs }) => knownRefs(refs).map((ref) => ({ provider, ref })))
    .filter((refs) => !refs.some(({ provider, ref }) => memory.has(keyOf(provider, ref))))
    .flat()
  if (missing.length > 0) {
    const found = await asPlatform(ctx.db, (scope) => findOwners(scope, missing))
    for (const { provider, kind, externalId, organizationId } of found)
      memory.set(keyOf(provider, [kind, externalId]), organizationId)
  }
  const ownerships = claims.map((claim) => ownershipOf(claim, memory))
  // What is asked for again comes back with one look.
  for (const key of memory.keys()) {
    if (memory.size <= rememberedAtMost) break
    memory.delete(key)
  }
  return ownerships
}

const keyOf = (provider: string, [kind, externalId]: readonly [string, string]): string =>
  `${provider} ${kind} ${externalId}`

function ownershipOf({ provider, refs }: Claim, memory: ReadonlyMap<string, string>): Ownership {
  const owners = new Set(knownRefs(refs).flatMap((ref) => memory.get(keyOf(provider, ref)) ?? []))
  const [organizationId] = owners
  const claimed = refs.reference?.organizationId
  if (owners.size > 1 || (organizationId && claimed && claimed !== organizationId)) return 'contradiction'
  return organizationId ? { organizationId } : 'nobody'
}
