import { sql } from 'drizzle-orm'
import { check, index, jsonb, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import { billhook, createdAt, currency, id, instant, metadata, organizationId, updatedAt } from './columns.ts'

export const organizations = billhook.table('organizations', {
  id: id(),
  /** The host's own name for it; the only name that crosses into provider metadata besides our id. */
  externalId: text('external_id').notNull().unique('organizations_external_id_once'),
  name: text('name').notNull(),
  email: text('email').notNull(),
  country: text('country').notNull(),
  currency: currency(),
  timezone: text('timezone').notNull(),
  metadata: metadata(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
})

/** Keys are kept as SHA-256; the plain key is shown once, when it is made. */
export const apiKeys = billhook.table(
  'api_keys',
  {
    id: id(),
    /** Null: a platform key, which names the organization in each request. */
    organizationId: text('organization_id').references(() => organizations.id),
    name: text('name').notNull(),
    keyHash: text('key_hash').notNull().unique('api_keys_hash_once'),
    scopes: jsonb('scopes').$type<string[]>().notNull(),
    createdAt: createdAt(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [index('api_keys_by_organization').on(table.organizationId)],
)

/** A one-time link into a cookie session for one organization's own pages. Both secrets are kept as SHA-256. */
export const portalSessions = billhook.table(
  'portal_sessions',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    role: text('role').notNull(),
    returnUrl: text('return_url').notNull(),
    linkHash: text('link_hash').notNull().unique('portal_sessions_link_once'),
    linkExpiresAt: instant('link_expires_at').notNull(),
    linkUsedAt: instant('link_used_at'),
    cookieHash: text('cookie_hash'),
    cookieExpiresAt: instant('cookie_expires_at'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('portal_sessions_cookie_once').on(table.cookieHash),
    check('portal_sessions_cookie_needs_use', sql`(${table.cookieHash} is null) = (${table.linkUsedAt} is null)`),
  ],
)

/** Who did what to which object, for the person who asks later. Append only. */
export const auditLog = billhook.table(
  'audit_log',
  {
    id: id(),
    organizationId: text('organization_id').references(() => organizations.id),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    facts: jsonb('facts').$type<Record<string, unknown>>().notNull().default({}),
    at: instant('at').notNull(),
  },
  (table) => [
    index('audit_log_by_subject').on(table.subject),
    unique('audit_log_id').on(table.organizationId, table.id),
  ],
)
