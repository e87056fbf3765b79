import type { Scope } from '../domain/api-keys/index.ts'
import type { Role } from '../domain/portal/index.ts'

/** Who is asking, and what they may do. It holds no secret. */
export interface Credential {
  kind: 'platform_key' | 'organization_key' | 'jwt' | 'portal'
  /** For logs, the audit and the scope of idempotency keys. */
  actor: string
  /** The one organization it is bound to; null for platform keys. */
  organizationId: string | null
  scopes: ReadonlySet<Scope>
  /** Of people: JWTs and portal cookies. */
  role?: Role
}

const scopesOfRole: Record<Role, readonly Scope[]> = {
  member: ['read'],
  billing: ['read', 'write'],
  admin: ['read', 'write'],
  owner: ['read', 'write'],
}

export const roleScopes = (role: Role): ReadonlySet<Scope> => new Set(scopesOfRole[role])
