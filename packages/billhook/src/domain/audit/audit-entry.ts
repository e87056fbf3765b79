/** Who did what to which object. `actor` is a credential (`key:…`, `jwt:<sub>`, `portal:…`) or a part of ours (`system:…`). */
export interface AuditEntry {
  id: string
  organizationId: string | null
  actor: string
  /** A verb and a noun: `replay_webhook_event`. */
  action: string
  /** Our id of the object. */
  subject: string
  facts: Record<string, unknown>
  at: Date
}
