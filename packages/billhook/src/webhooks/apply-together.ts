import type { Context } from '../context.ts'
import { inOrganizations } from '../db/index.ts'
import { applySnapshots, isSettled, type SnapshotOutcome, snapshotsQuestion } from '../domain/sync/index.ts'
import { endingEvents, releasingEvents, standingsQuestion, toStandings } from './inbox.ts'
import type { Ready } from './ready.ts'

/** What became of a ready event: applied, or left to the worker, or somebody else's by now. */
export type Fate = 'processed' | 'left' | 'gone'

/**
 * Applies stored events of different organizations, and ends them, in one transaction: many in as few statements as one. What cannot be applied
 * here and now is the worker's. Throws, with nothing changed, when one of them cannot be written.
 */
export function applyTogether(ctx: Context, ready: readonly Ready[]): Promise<Fate[]> {
  const organizationIds = ready.map(({ organizationId }) => organizationId)
  const question = {
    platform: standingsQuestion(ready.map(({ id }) => id)),
    organizations: snapshotsQuestion(ready),
  }
  return inOrganizations(ctx.db, { organizationIds, question }, async (scope, asked) => {
    const standings = toStandings(asked.platform)
    const fates = ready.map((_, n): Fate => (standings[n]?.isOpen ? 'left' : 'gone'))
    // Who holds an organization's lock may take long: the worker waits for it.
    const mine = ready.flatMap((one, n) => {
      const isMine = standings[n]?.isOpen && !standings[n].isLineBusy && asked.locked.has(one.organizationId)
      return isMine ? { ...one, n, known: asked.organizations[n] } : []
    })
    const conclude = (outcomes: readonly SnapshotOutcome[]) => {
      for (const [at, { n }] of mine.entries()) if (isDone(outcomes[at])) fates[n] = 'processed'
      return endings(ctx, ready, fates)
    }
    await applySnapshots(ctx, scope, { snapshots: mine, conclude, closing: asked.closing })
    return fates
  })
}

const isDone = (outcome: SnapshotOutcome | undefined): boolean =>
  outcome !== undefined && !(outcome instanceof Error) && isSettled(outcome)

function endings(ctx: Context, ready: readonly Ready[], fates: readonly Fate[]) {
  const now = ctx.clock.now()
  const of = (fate: Fate): Ready[] => ready.filter((_, n) => fates[n] === fate)
  const done = of('processed')
  const left = of('left').map(({ id }) => id)
  return [
    ...(done.length > 0 ? [endingEvents(done, now)] : []),
    ...(left.length > 0 ? [releasingEvents(left, now)] : []),
  ]
}
