import type { Context } from '../../context.ts'
import type { OrganizationsScope } from '../../db/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { decide, type Snapshot, wantedBy } from './apply-snapshots.ts'
import type { Decision } from './changes.ts'
import type { SyncState } from './state.ts'
import { loadStates } from './state-store.ts'

/** What is known, and what the writer would make of it. */
export interface SnapshotPreview {
  state: SyncState
  decision: Decision
}

/**
 * What snapshots would change, in order; an error is that of one that cannot be decided. Nothing is written, so that comparing can never
 * disagree with repairing: both are the same decision.
 */
export async function previewSnapshots(
  ctx: Context,
  scope: OrganizationsScope,
  snapshots: ReadonlyArray<{ organizationId: string; snapshot: Snapshot }>,
): Promise<Array<SnapshotPreview | Error>> {
  const wanted = snapshots.map(({ organizationId, snapshot }) => wantedBy(organizationId, snapshot))
  const states = await loadStates(scope, wanted)
  return snapshots.map(({ snapshot }, n) => {
    const state = states[n]
    if (!state) throw new InvariantError('a state was asked for and not answered')
    try {
      return { state, decision: decide(ctx, state, snapshot) }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  })
}
