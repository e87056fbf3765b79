import { sql } from 'drizzle-orm'
import { check, index, jsonb, text, unique } from 'drizzle-orm/pg-core'
import type { FeatureValue, LimitValue } from './catalog.ts'
import { billhook, createdAt, id, instant, isOneOf, metadata, organizationId } from './columns.ts'
import { organizations } from './organizations.ts'

export const grantEffects = ['set', 'add'] as const

/** An entitlement given by hand. Nothing but a person's call writes it, and a revoked one stays on record. */
export const grants = billhook.table(
  'grants',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    feature: text('feature').notNull(),
    /** JSON: `null` is unlimited. */
    value: jsonb('value').$type<{ value: FeatureValue | LimitValue }>().notNull(),
    effect: text('effect').$type<(typeof grantEffects)[number]>().notNull(),
    reason: text('reason').notNull(),
    actor: text('actor').notNull(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    metadata: metadata(),
    createdAt: createdAt(),
  },
  (table) => [
    unique('grants_scope').on(table.organizationId, table.id),
    index('grants_in_force').on(table.organizationId, table.feature).where(sql`revoked_at is null`),
    check('grants_effect', isOneOf('effect', grantEffects)),
  ],
)
