import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { billhook, createdAt, id, instant, isOneOf, organizationId, provider, providerKind } from './columns.ts'
import { organizations } from './organizations.ts'
import { webhookEndpoints } from './webhook-endpoints.ts'

export const webhookEventStatuses = ['received', 'processed', 'ignored', 'failed', 'dead'] as const
export type WebhookEventStatus = (typeof webhookEventStatuses)[number]

/** The inbox. A row is durable before its provider hears 2xx. Its own queue: `due_at` says when it is worked on next. */
export const webhookEvents = billhook.table(
  'webhook_events',
  {
    id: id(),
    /** Known once the references in it are resolved. */
    organizationId: text('organization_id').references(() => organizations.id),
    provider: provider(),
    providerKind: providerKind(),
    dedupeKey: text('dedupe_key').notNull(),
    lineKey: text('line_key').notNull(),
    type: text('type').notNull(),
    occurredAt: instant('occurred_at'),
    payloadVersion: text('payload_version'),
    mode: text('mode').$type<'live' | 'test'>().notNull(),
    /** As it came: text, so that nothing is lost to a parser. Null once it was pruned. */
    payload: text('payload'),
    payloadPrunedAt: instant('payload_pruned_at'),
    status: text('status').$type<WebhookEventStatus>().notNull(),
    /** Why it was ignored or failed. */
    reason: text('reason'),
    attempts: integer('attempts').notNull().default(0),
    /** Order of arrival; decides within a line. */
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    dueAt: instant('due_at').notNull(),
    receivedAt: instant('received_at').notNull(),
    processedAt: instant('processed_at'),
  },
  (table) => [
    unique('webhook_events_once').on(table.provider, table.dedupeKey),
    index('webhook_events_due').on(table.dueAt).where(sql`status in ('received', 'failed')`),
    index('webhook_events_line')
      .on(table.provider, table.lineKey, table.position)
      .where(sql`status in ('received', 'failed')`),
    // Lists are ordered by id, which rises with time: the primary key is their index. What needs somebody is rare among what is done.
    index('webhook_events_not_processed').on(table.status, table.id).where(sql`status <> 'processed'`),
    index('webhook_events_of_type').on(table.type, table.id),
    index('webhook_events_of_organization').on(table.organizationId, table.id),
    index('webhook_events_to_prune')
      .on(table.processedAt)
      .where(sql`payload is not null and status in ('processed', 'ignored')`),
    check('webhook_events_status', isOneOf('status', webhookEventStatuses)),
    // What is still to be done, or may be tried again, cannot lose what it says.
    check(
      'webhook_events_payload',
      sql`payload is not null or (payload_pruned_at is not null and status in ('processed', 'ignored'))`,
    ),
    check('webhook_events_reason', sql`status in ('received', 'processed') or reason is not null`),
  ],
)

/** The outbox: immutable facts, written in the transaction that made them true. */
export const billingEvents = billhook.table(
  'billing_events',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    type: text('type').notNull(),
    objectKind: text('object_kind').notNull(),
    objectId: text('object_id').notNull(),
    /** 1, 2, 3 ... per object: receivers drop what is older than what they saw. */
    sequence: integer('sequence').notNull(),
    /** Over all of the installation, in order of writing. */
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    source: text('source').notNull(),
    /** The object as it was then; never read again at sending time. */
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    /** By the billing clock. */
    occurredAt: instant('occurred_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    unique('billing_events_scope').on(table.organizationId, table.id),
    unique('billing_events_sequence_once').on(table.organizationId, table.objectId, table.sequence),
    index('billing_events_in_order').on(table.organizationId, table.position),
    index('billing_events_all_in_order').on(table.position),
    index('billing_events_of_type').on(table.type, table.position),
  ],
)

const deliveryStatuses = ['pending', 'delivered', 'dead'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** One BillingEvent for one receiver. */
export const deliveries = billhook.table(
  'deliveries',
  {
    id: id(),
    organizationId: organizationId(),
    billingEventId: text('billing_event_id').notNull(),
    /** A listener's name, or the id of a webhook endpoint. */
    receiver: text('receiver').notNull(),
    /** Null for listeners. */
    endpointId: text('endpoint_id').references(() => webhookEndpoints.id),
    status: text('status').$type<DeliveryStatus>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Those made before somebody asked for it once more: the schedule counts from there. */
    attemptsBefore: integer('attempts_before').notNull().default(0),
    dueAt: instant('due_at').notNull(),
    deliveredAt: instant('delivered_at'),
    lastError: text('last_error'),
  },
  (table) => [
    unique('deliveries_once').on(table.billingEventId, table.receiver),
    index('deliveries_due').on(table.dueAt).where(sql`status = 'pending' and endpoint_id is null`),
    index('deliveries_due_at_endpoint')
      .on(table.endpointId, table.dueAt)
      .where(sql`status = 'pending' and endpoint_id is not null`),
    index('deliveries_of_endpoint').on(table.endpointId, table.id).where(sql`endpoint_id is not null`),
    // What somebody looks for is rare among what arrived.
    index('deliveries_not_delivered')
      .on(table.endpointId, table.status, table.id)
      .where(sql`endpoint_id is not null and status <> 'delivered'`),
    foreignKey({
      name: 'deliveries_billing_event',
      columns: [table.organizationId, table.billingEventId],
      foreignColumns: [billingEvents.organizationId, billingEvents.id],
    }),
    check('deliveries_status', isOneOf('status', deliveryStatuses)),
  ],
)

/** The log of what was sent. Written when the attempt begins: one that never ended is one whose process died, and it is repeated. */
export const deliveryAttempts = billhook.table(
  'delivery_attempts',
  {
    deliveryId: text('delivery_id')
      .notNull()
      .references(() => deliveries.id, { onDelete: 'cascade' }),
    attemptNo: integer('attempt_no').notNull(),
    organizationId: organizationId(),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    durationMs: integer('duration_ms'),
    /** What the receiver answered; null where it did not. */
    statusCode: integer('status_code'),
    error: text('error'),
    /** The first bytes of the answer, for whoever looks for the reason. */
    responseStart: text('response_start'),
  },
  (table) => [
    primaryKey({ name: 'delivery_attempts_once', columns: [table.deliveryId, table.attemptNo] }),
    index('delivery_attempts_by_time').on(table.startedAt),
    check('delivery_attempts_finished', sql`(finished_at is null) = (duration_ms is null)`),
  ],
)
