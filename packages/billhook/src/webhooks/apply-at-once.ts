import type { Context } from '../context.ts'
import { asPlatformThen, type EnterOrganizations } from '../db/index.ts'
import {
  applySnapshots,
  isSettled,
  originOf,
  type Snapshot,
  type SnapshotOutcome,
  snapshotOf,
} from '../domain/sync/index.ts'
import type { ExternalRefs } from '../providers/provider.ts'
import { type Arrival, inboxRow, type NewWebhookEvent } from './arrival.ts'
import { findStandings, insertEvents, insertingNewEvents, type Standing } from './inbox.ts'

/** What an event means, where that is known from its payload alone. */
type Meaning =
  | { kind: 'ignored'; reason: string }
  | { kind: 'snapshot'; snapshot: Snapshot; refs: ExternalRefs }
  /** More than one thing, or one that must be asked about, or nothing that can be read: the worker's. */
  | { kind: 'later' }

interface Candidate {
  arrival: Arrival
  meaning: Meaning
}

/** Whether it is new, and its row as it was stored. */
export interface TakenIn {
  added: boolean
  status: NewWebhookEvent['status'] | null
}

/**
 * Stores what arrived and, where an event says all that is to be known, applies it in the same transaction: many events of different lines in
 * as few statements as one. What cannot be applied here and now is stored for the worker. Throws, with nothing stored, when another process
 * is at the same events, or when one of them cannot be written.
 */
export function applyAtOnce(ctx: Context, arrivals: readonly Arrival[]): Promise<TakenIn[]> {
  const candidates = arrivals.map((arrival) => ({ arrival, meaning: meaningOf(arrival) }))
  return asPlatformThen(ctx.db, async (scope, enter) => {
    const standings = await findStandings(scope, candidates.map(toInquiry))
    const ready = readyOnes(candidates, standings)
    const rows = candidates.map(({ arrival, meaning }, n) =>
      standings[n]?.isKnown ? null : { ...inboxRow(ctx, arrival), ...standingStill(ctx, meaning) },
    )
    const others = rows.filter((row, n) => row && !ready.has(n))
    await insertEvents(scope, others as NewWebhookEvent[])
    if (ready.size > 0) await applyReady(ctx, enter, ready, rows)
    return rows.map((row) => ({ added: row !== null, status: row?.status ?? null }))
  })
}

/** What is said about nothing needs nobody; all else waits. */
const standingStill = (ctx: Context, meaning: Meaning): Partial<NewWebhookEvent> =>
  meaning.kind === 'ignored' ? { status: 'ignored', reason: meaning.reason, processedAt: ctx.clock.now() } : {}

function meaningOf({ provider, event }: Arrival): Meaning {
  try {
    const meanings = provider.handleWebhookEvent(event)
    const [first, ...more] = meanings.filter((meaning) => meaning.kind !== 'ignored')
    if (!first) {
      const reasons = meanings.flatMap((meaning) => (meaning.kind === 'ignored' ? meaning.reason : []))
      return { kind: 'ignored', reason: reasons.join('; ') || 'it says nothing' }
    }
    const snapshot = more.length === 0 ? snapshotOf(first, originOf(provider)) : null
    return snapshot ? { kind: 'snapshot', snapshot, refs: first.refs } : { kind: 'later' }
  } catch {
    // The worker finds the same error, says it, and tries again.
    return { kind: 'later' }
  }
}

const toInquiry = ({ arrival: { provider, event }, meaning }: Candidate) => ({
  provider: provider.providerName,
  dedupeKey: event.dedupeKey,
  lineKey: event.lineKey,
  refs: meaning.kind === 'snapshot' ? meaning.refs : {},
})

interface Ready {
  organizationId: string
  snapshot: Snapshot
}

/** New ones whose owner is certain and whose line nothing waits in; one for each organization. By their place in the list. */
function readyOnes(candidates: readonly Candidate[], standings: readonly Standing[]): Map<number, Ready> {
  const ready = new Map<number, Ready>()
  const taken = new Set<string>()
  for (const [n, { meaning }] of candidates.entries()) {
    const standing = standings[n]
    if (meaning.kind !== 'snapshot' || !standing || standing.isKnown || standing.isLineBusy) continue
    const [organizationId, ...others] = standing.owners
    const claimed = meaning.refs.reference?.organizationId
    if (!organizationId || others.length > 0 || (claimed && claimed !== organizationId)) continue
    if (taken.has(organizationId)) continue
    taken.add(organizationId)
    ready.set(n, { organizationId, snapshot: meaning.snapshot })
  }
  return ready
}

/** Applies what is ready, and stores it as it ended: what could not be settled is due like everything else. */
async function applyReady(
  ctx: Context,
  enter: EnterOrganizations,
  ready: ReadonlyMap<number, Ready>,
  rows: Array<NewWebhookEvent | null>,
): Promise<void> {
  const { scope, locked } = await enter([...ready.values()].map(({ organizationId }) => organizationId))
  // Who holds an organization's lock may take long; the worker waits for it, the provider's call does not.
  const mine = [...ready].filter(([, { organizationId }]) => locked.has(organizationId))
  const snapshots = mine.map(([, one]) => one)
  await applySnapshots(ctx, scope, snapshots, (outcomes) => {
    const settled = new Set(mine.flatMap(([n], nth) => (isDone(outcomes[nth]) ? n : [])))
    const ended = { status: 'processed' as const, attempts: 1, processedAt: ctx.clock.now() }
    const owned = [...ready].flatMap(([n, { organizationId }]) => {
      const row = rows[n]
      if (!row) return []
      return Object.assign(row, { organizationId }, settled.has(n) && ended)
    })
    return insertingNewEvents(owned)
  })
}

const isDone = (outcome: SnapshotOutcome | undefined): boolean =>
  outcome !== undefined && !(outcome instanceof Error) && isSettled(outcome)
