export const scopes = ['read', 'write', 'usage', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** A stored credential, without its secret. */
export interface ApiKey {
  id: string
  /** Null: a platform key, which names the organization in each request. */
  organizationId: string | null
  name: string
  scopes: Scope[]
  createdAt: Date
  revokedAt: Date | null
}
