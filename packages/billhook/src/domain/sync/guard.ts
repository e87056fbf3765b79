import { sha256Hex, stableStringify } from '../../primitives/index.ts'
import type { Observation, SnapshotGuard } from './version.ts'

export const digestOf = (snapshot: unknown): string => sha256Hex(stableStringify(snapshot))

type GuardedRow = SnapshotGuard & { ticketIssued: number }
type GuardColumns = Required<GuardedRow>

/** The guard's columns after a snapshot was applied. An event takes a ticket as well, so that reads begun before it know. */
export function guardAfterApply(row: GuardedRow | null, observation: Observation, digest: string): GuardColumns {
  const issued = row?.ticketIssued ?? 0
  const ticket = observation.by === 'read' ? Math.max(observation.ticket, 1) : issued + 1
  return {
    observedAt: observation.at,
    observedBy: observation.by,
    snapshotDigest: digest,
    ticketIssued: Math.max(issued, ticket),
    ticketApplied: ticket,
  }
}

/** After a snapshot that said nothing new: the time moves on, so that something older can no longer pass for news. Null: nothing moves. */
export function guardAfterConfirm(row: GuardedRow, observation: Observation): Partial<GuardColumns> | null {
  const ticketApplied = observation.by === 'read' ? Math.max(row.ticketApplied, observation.ticket) : row.ticketApplied
  if (row.observedAt && row.observedAt >= observation.at)
    return ticketApplied === row.ticketApplied ? null : { ticketApplied }
  return { observedAt: observation.at, observedBy: observation.by, ticketApplied }
}
