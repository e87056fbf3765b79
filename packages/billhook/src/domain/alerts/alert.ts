/** Something a person must look at. One is open per kind and subject. */
export interface Alert {
  id: string
  organizationId: string | null
  kind: string
  /** What it is about: our id, or `<provider>:<external id>`. */
  subject: string
  severity: 'info' | 'warning' | 'critical'
  /** One sentence for the person. */
  detail: string
  facts: Record<string, unknown>
  openedAt: Date
  resolvedAt: Date | null
}
