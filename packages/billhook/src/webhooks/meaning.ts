import { originOf, type Snapshot, snapshotOf } from '../domain/sync/index.ts'
import { storable } from '../primitives/index.ts'
import type { ExternalRefs } from '../providers/provider.ts'
import type { Arrival } from './arrival.ts'

/** What an arriving event means, as far as its payload alone tells. */
export type Meaning =
  | { kind: 'ignored'; reason: string }
  | { kind: 'snapshot'; snapshot: Snapshot; refs: ExternalRefs }
  /** More than one thing, or one that must be asked about, or nothing that can be read: the worker's. */
  | { kind: 'later' }

export function meaningOf({ provider, event }: Arrival): Meaning {
  try {
    const meanings = storable(provider.handleWebhookEvent(event))
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
