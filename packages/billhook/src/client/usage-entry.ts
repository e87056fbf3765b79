/** One fact to count, for an organization. Its id makes it counted once, however often it is sent. */
export interface UsageEntry {
  /** Our id, or the host's. */
  organization: string
  id: string
  meter: string
  /** 1 when left out. */
  quantity?: number | string | undefined
  /** RFC 3339. */
  occurredAt: string
  properties?: Record<string, string | number | boolean> | undefined
}

export type NewUsage = Omit<UsageEntry, 'occurredAt'> & { occurredAt?: Date | string | undefined }

export interface RejectedUsage extends UsageEntry {
  code: string
  detail: string
}
