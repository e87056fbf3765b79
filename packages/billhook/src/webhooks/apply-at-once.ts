import type { Context } from '../context.ts'
import { inOrganizations } from '../db/index.ts'
import {
  applySnapshots,
  isSettled,
  type Snapshot,
  type SnapshotOutcome,
  snapshotsQuestion,
} from '../domain/sync/index.ts'
import { type Arrival, inboxRow } from './arrival.ts'
import { insertingNewEvents, standingsQuestion, toStandings } from './inbox.ts'
import type { TakenIn } from './take-in.ts'

/** An event that says all that is to be known, and whose owner is certain. */
export interface Ready {
  arrival: Arrival
  organizationId: string
  snapshot: Snapshot
}

/**
 * Stores events of different organizations and applies them in the same transaction: many in as few statements as one. What cannot be applied
 * here and now is stored for the worker. Throws, with nothing stored, when another process is at one of the same events, or when one of them
 * cannot be written.
 */
export function applyAtOnce(ctx: Context, ready: readonly Ready[]): Promise<TakenIn[]> {
  const organizationIds = ready.map(({ organizationId }) => organizationId)
  const question = {
    platform: standingsQuestion(
      ready.map(({ arrival: { provider, event } }) => ({ ...event, provider: provider.providerName })),
    ),
    organizations: snapshotsQuestion(ready),
  }
  return inOrganizations(
    ctx.db,
    { organizationIds, question },
    async (scope, { platform, organizations, locked, closing }) => {
      const standings = toStandings(platform)
      const rows = ready.map(({ arrival, organizationId }, n) =>
        standings[n]?.isKnown ? null : { ...inboxRow(ctx, arrival), organizationId },
      )
      // Who holds an organization's lock may take long: the worker waits for it, the provider's call does not.
      const mine = ready.flatMap((one, n) => {
        const row = rows[n]
        const isMine = row && !standings[n]?.isLineBusy && locked.has(one.organizationId)
        return isMine ? { ...one, row, known: organizations[n] } : []
      })
      const conclude = (outcomes: SnapshotOutcome[]) => {
        const ended = { status: 'processed' as const, attempts: 1, processedAt: ctx.clock.now() }
        for (const [n, { row }] of mine.entries()) if (isDone(outcomes[n])) Object.assign(row, ended)
        return insertingNewEvents(rows.flatMap((row) => row ?? []))
      }
      await applySnapshots(ctx, scope, { snapshots: mine, conclude, closing })
      return rows.map((row) => ({ added: row !== null, status: row?.status ?? null }))
    },
  )
}

const isDone = (outcome: SnapshotOutcome | undefined): boolean =>
  outcome !== undefined && !(outcome instanceof Error) && isSettled(outcome)
