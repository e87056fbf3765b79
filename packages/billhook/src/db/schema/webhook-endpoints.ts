import { sql } from 'drizzle-orm'
import { check, foreignKey, index, text } from 'drizzle-orm/pg-core'
import { billhook, createdAt, id, instant, isOneOf, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'

export const endpointStatuses = ['active', 'disabled'] as const
export const disabledReasons = ['by_request', 'gone', 'failing'] as const

/** Where BillingEvents are sent as signed webhooks. One that is deleted stays, for the deliveries that name it, and is shown no more. */
export const webhookEndpoints = billhook.table(
  'webhook_endpoints',
  {
    id: id(),
    /** Null: of the platform, which hears of every organization. */
    organizationId: text('organization_id').references(() => organizations.id),
    url: text('url').notNull(),
    description: text('description').notNull(),
    /** `invoice.paid`, `subscription.*`; null: every one. */
    eventTypes: text('event_types').array(),
    status: text('status').$type<(typeof endpointStatuses)[number]>().notNull(),
    disabledReason: text('disabled_reason').$type<(typeof disabledReasons)[number]>(),
    disabledAt: instant('disabled_at'),
    /** The first failure since anything last arrived. */
    failingSince: instant('failing_since'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    index('webhook_endpoints_active').on(table.organizationId).where(sql`status = 'active'`),
    check('webhook_endpoints_status', isOneOf('status', endpointStatuses)),
    check('webhook_endpoints_reason', isOneOf('disabled_reason', disabledReasons)),
    check(
      'webhook_endpoints_disabled',
      sql`(status = 'disabled') = (disabled_at is not null) and (status = 'disabled') = (disabled_reason is not null)`,
    ),
    check('webhook_endpoints_deleted', sql`deleted_at is null or status = 'disabled'`),
  ],
)

/** What their deliveries are signed with: all that have not expired, so that a receiver may change over at any time between. */
export const webhookSecrets = billhook.table(
  'webhook_secrets',
  {
    id: id(),
    endpointId: text('endpoint_id').notNull(),
    secret: text('secret').notNull(),
    createdAt: createdAt(),
    /** Null: until it is rotated. */
    expiresAt: instant('expires_at'),
  },
  (table) => [
    index('webhook_secrets_of_endpoint').on(table.endpointId, table.id),
    foreignKey({
      name: 'webhook_secrets_endpoint',
      columns: [table.endpointId],
      foreignColumns: [webhookEndpoints.id],
    }).onDelete('cascade'),
  ],
)
