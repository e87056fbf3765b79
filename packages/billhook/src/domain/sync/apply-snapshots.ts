import type { Context } from '../../context.ts'
import type { OrganizationScope, OrganizationsScope, Statement } from '../../db/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import type { Decision } from './changes.ts'
import { decideInvoice, type InvoiceObservation } from './decide-invoice.ts'
import { decideSubscription, type SubscriptionObservation } from './decide-subscription.ts'
import type { SyncOutcome } from './outcome.ts'
import type { SyncState, Wanted } from './state.ts'
import { loadStates, statesQuestion, toStates } from './state-store.ts'
import type { Tools } from './tools.ts'
import { wantedByInvoice, wantedBySubscription } from './wanted.ts'
import { writeDecisions } from './write-decisions.ts'

/** A provider's subscription or invoice, as it was at a moment. */
export type Snapshot =
  | { kind: 'subscription'; input: SubscriptionObservation }
  | { kind: 'invoice'; input: InvoiceObservation }

export const wantedBy = (organizationId: string, { kind, input }: Snapshot): Wanted =>
  kind === 'subscription' ? wantedBySubscription(organizationId, input) : wantedByInvoice(organizationId, input)

export const decide = (tools: Tools, state: SyncState, { kind, input }: Snapshot): Decision =>
  kind === 'subscription' ? decideSubscription(tools, state, input) : decideInvoice(tools, state, input)

/** What is known is read, the decision is pure, its rows and the outbox are written. The caller holds the organization's lock. */
export async function applySnapshot(ctx: Context, scope: OrganizationScope, snapshot: Snapshot): Promise<SyncOutcome> {
  const [state] = await loadStates(scope, [wantedBy(scope.organizationId, snapshot)])
  const decision = decide(ctx, known(state), snapshot)
  await writeDecisions(ctx, scope, [decision])
  return decision.outcome
}

/** What became of a snapshot; an error is that of one that cannot be decided. */
export type SnapshotOutcome = SyncOutcome | Error

/** A snapshot and whose it is. */
interface Owned {
  organizationId: string
  snapshot: Snapshot
}

/** What `applySnapshots` has to know: a row for each, in order. */
export const snapshotsQuestion = (snapshots: readonly Owned[]): Statement =>
  statesQuestion(snapshots.map(({ organizationId, snapshot }) => wantedBy(organizationId, snapshot)))

export interface SnapshotsInput {
  /** Of different organizations, each with its row of the answer. */
  snapshots: ReadonlyArray<Owned & { known: unknown }>
  /** Hears what becomes of each, in order, and answers what else is to be written with it. */
  conclude(outcomes: SnapshotOutcome[]): Statement[]
  /** The last statement is put here, to be executed with the commit. */
  closing: Statement[]
}

/**
 * The same for several snapshots in as many statements as for one. One that cannot be decided hinders no other. The caller holds the
 * organizations' locks.
 */
export async function applySnapshots(
  ctx: Context,
  scope: OrganizationsScope,
  { snapshots, conclude, closing }: SnapshotsInput,
): Promise<void> {
  const states = toStates(snapshots.map(({ known }) => known))
  const decisions: Decision[] = []
  const outcomes = snapshots.map(({ snapshot }, n): SnapshotOutcome => {
    try {
      const decision = decide(ctx, known(states[n]), snapshot)
      decisions.push(decision)
      return decision.outcome
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  })
  await writeDecisions(ctx, scope, decisions, { besides: conclude(outcomes), closing })
}

function known(state: SyncState | undefined): SyncState {
  if (!state) throw new InvariantError('a state was asked for and not answered')
  return state
}
