import type { Snapshot } from '../domain/sync/index.ts'

/** A stored event that says all that is to be known, and whose owner is certain. */
export interface Ready {
  /** Of its row in the inbox. */
  id: string
  type: string
  organizationId: string
  snapshot: Snapshot
}
