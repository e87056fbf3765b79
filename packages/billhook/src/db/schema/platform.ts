import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, numeric, primaryKey, text, unique, uniqueIndex } from 'drizzle-orm/pg-core'
import { billhook, createdAt, id, instant, isOneOf, organizationId, provider, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'

const operationStatuses = ['pending', 'succeeded', 'failed', 'unknown'] as const
export type OperationStatus = (typeof operationStatuses)[number]

/** The intent, written before any provider call that changes something. Its record outlives the provider's idempotency keys. */
export const operations = billhook.table(
  'operations',
  {
    id: id(),
    /** Null for the catalog's own operations. */
    organizationId: text('organization_id').references(() => organizations.id),
    kind: text('kind').notNull(),
    provider: provider(),
    /** One key, one effect: repeating it answers what is known. */
    businessKey: text('business_key').notNull(),
    subscriptionId: text('subscription_id'),
    input: jsonb('input').$type<unknown>().notNull(),
    status: text('status').$type<OperationStatus>().notNull(),
    result: jsonb('result').$type<unknown>(),
    errorCode: text('error_code'),
    errorDetail: text('error_detail'),
    attempts: integer('attempts').notNull().default(0),
    /** When a pending or unknown one is looked up (again). */
    dueAt: instant('due_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('operations_business_key_once').on(table.businessKey),
    uniqueIndex('operations_one_open_per_subscription')
      .on(table.subscriptionId)
      .where(sql`status in ('pending', 'unknown')`),
    index('operations_due').on(table.dueAt).where(sql`status in ('pending', 'unknown')`),
    check('operations_status', isOneOf('status', operationStatuses)),
    check('operations_failed_says_why', sql`status <> 'failed' or error_code is not null`),
  ],
)

/** What a client's Idempotency-Key was answered with. */
export const idempotencyKeys = billhook.table(
  'idempotency_keys',
  {
    id: id(),
    credential: text('credential').notNull(),
    /** Empty for platform calls, so that the unique key covers them. */
    organizationId: text('organization_id').notNull(),
    method: text('method').notNull(),
    path: text('path').notNull(),
    /** The digest of the client's key. */
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    status: text('status').$type<'running' | 'done'>().notNull(),
    responseStatus: integer('response_status'),
    /** Sealed: it may hold what is shown only once. */
    responseBody: text('response_body'),
    createdAt: createdAt(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    unique('idempotency_keys_once').on(table.credential, table.organizationId, table.method, table.path, table.key),
    index('idempotency_keys_expiry').on(table.expiresAt),
    check('idempotency_keys_done', sql`(status = 'done') = (response_status is not null)`),
  ],
)

export const externalKinds = [
  'customer',
  'checkout_session',
  'subscription',
  'invoice',
  'payment',
  'refund',
  'dispute',
] as const

/** Whose is this external id? One owner for ever: the unique key is what keeps a foreign event out. */
export const externalRefs = billhook.table(
  'external_refs',
  {
    provider: provider(),
    kind: text('kind').$type<(typeof externalKinds)[number]>().notNull(),
    externalId: text('external_id').notNull(),
    organizationId: organizationId().references(() => organizations.id),
    objectId: text('object_id').notNull(),
  },
  (table) => [
    primaryKey({ name: 'external_refs_once', columns: [table.provider, table.kind, table.externalId] }),
    check('external_refs_kind', isOneOf('kind', externalKinds)),
  ],
)

/** Something a person must look at. */
export const alerts = billhook.table(
  'alerts',
  {
    id: id(),
    organizationId: text('organization_id').references(() => organizations.id),
    kind: text('kind').notNull(),
    subject: text('subject').notNull(),
    severity: text('severity').$type<'info' | 'warning' | 'critical'>().notNull(),
    detail: text('detail').notNull(),
    facts: jsonb('facts').$type<Record<string, unknown>>().notNull().default({}),
    openedAt: instant('opened_at').notNull(),
    resolvedAt: instant('resolved_at'),
  },
  (table) => [
    uniqueIndex('alerts_one_open').on(table.kind, table.subject).where(sql`resolved_at is null`),
    index('alerts_by_time').on(table.openedAt),
    check('alerts_severity', isOneOf('severity', ['info', 'warning', 'critical'])),
  ],
)

/** What a provider account keeps with us: the StateStore of its host. */
export const providerState = billhook.table(
  'provider_state',
  {
    provider: provider(),
    key: text('key').notNull(),
    value: jsonb('value').$type<unknown>().notNull(),
    updatedAt: updatedAt(),
  },
  (table) => [primaryKey({ name: 'provider_state_once', columns: [table.provider, table.key] })],
)

/** What was reported to providers that bill usage: each sum once, whatever the provider itself still remembers. */
export const usageReports = billhook.table(
  'usage_reports',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    provider: provider(),
    meterEventName: text('meter_event_name').notNull(),
    externalCustomerId: text('external_customer_id').notNull(),
    /** The sender's name for this sum. */
    reportKey: text('report_key').notNull(),
    operationId: text('operation_id').notNull(),
    quantity: numeric('quantity').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    reportedAt: instant('reported_at'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('usage_reports_once').on(table.organizationId, table.provider, table.meterEventName, table.reportKey),
    index('usage_reports_by_time').on(table.organizationId, table.occurredAt),
  ],
)
