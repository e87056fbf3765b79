/** What a person may do on an organization's own pages, and with a JWT: a member reads, the others change. */
export const roles = ['member', 'billing', 'admin', 'owner'] as const
export type Role = (typeof roles)[number]

export const isRole = (value: unknown): value is Role => (roles as readonly unknown[]).includes(value)

/** A person's stay on one organization's own pages. */
export interface PortalSession {
  id: string
  organizationId: string
  role: Role
  /** Where "back" leads. */
  returnUrl: string
  /** When the link, later the cookie, stops working; by the wall clock. */
  expiresAt: Date
}
