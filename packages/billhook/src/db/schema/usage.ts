import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, jsonb, numeric, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { billhook, createdAt, id, instant, isOneOf, metadata, organizationId, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'

export const aggregations = ['count', 'sum', 'max', 'last', 'unique'] as const
export type Aggregation = (typeof aggregations)[number]

/** What an event says besides its quantity. */
export type UsageProperties = Record<string, string | number | boolean>

/** How usage is counted. Never edited: what was counted by it would mean something else. */
export const meters = billhook.table(
  'meters',
  {
    id: id(),
    key: text('key').notNull().unique('meters_key_once'),
    name: text('name').notNull(),
    aggregation: text('aggregation').$type<Aggregation>().notNull(),
    /** The property that is counted; null: the event's quantity. */
    property: text('property'),
    /** Only events whose properties have one of these values count. */
    filters: jsonb('filters').$type<Record<string, Array<string | number | boolean>>>().notNull().default({}),
    /** Properties by which usage can be read apart. */
    groupBy: jsonb('group_by').$type<string[]>().notNull().default([]),
    metadata: metadata(),
    createdAt: createdAt(),
  },
  () => [check('meters_aggregation', isOneOf('aggregation', aggregations))],
)

/**
 * Counted facts. Partitioned by the time of arrival (the migration says so), so that what is old goes with its partition, and a repeated id is
 * looked for where it can be. Without foreign keys: their checks would cost more than the rows, and only the scope writes here.
 */
export const usageEvents = billhook.table(
  'usage_events',
  {
    organizationId: organizationId(),
    meterId: text('meter_id').notNull(),
    /** The sender's. */
    eventId: text('event_id').notNull(),
    /** By the wall clock. */
    receivedAt: instant('received_at').notNull(),
    /** By the sender's word, else by the billing clock. */
    occurredAt: instant('occurred_at').notNull(),
    /** Where it counts: when it occurred, or on arrival where the period it belongs to was over. */
    countedAt: instant('counted_at').notNull(),
    /** Null where the meter's filters leave it out. */
    value: numeric('value'),
    properties: jsonb('properties').$type<UsageProperties>().notNull(),
  },
  (table) => [
    primaryKey({
      name: 'usage_events_pkey',
      columns: [table.organizationId, table.eventId, table.meterId, table.receivedAt],
    }),
    // The meter first, so that nobody who looks for an id can take this index for the key: in a month that has just begun all look alike.
    index('usage_events_counted').on(table.meterId, table.organizationId, table.countedAt),
  ],
)

/** What the events of a quarter of an hour come to: days of every time zone begin at one. Kept by whoever writes events, with them. */
export const usageRollups = billhook.table(
  'usage_rollups',
  {
    organizationId: organizationId().references(() => organizations.id),
    meterId: text('meter_id')
      .notNull()
      .references(() => meters.id),
    bucketAt: instant('bucket_at').notNull(),
    /** Of the properties that the meter groups by. */
    groups: jsonb('groups').$type<Record<string, string>>().notNull(),
    events: bigint('events', { mode: 'number' }).notNull(),
    total: numeric('total').notNull(),
    highest: numeric('highest').notNull(),
    lastValue: numeric('last_value').notNull(),
    lastAt: instant('last_at').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'usage_rollups_pkey',
      columns: [table.organizationId, table.meterId, table.bucketAt, table.groups],
    }),
  ],
)

/** What a meter says since an instant, the start of a window that is open: what limits are held against. Kept like rollups. */
export const usageCounters = billhook.table(
  'usage_counters',
  {
    organizationId: organizationId().references(() => organizations.id),
    meterId: text('meter_id')
      .notNull()
      .references(() => meters.id),
    startsAt: instant('starts_at').notNull(),
    /** Null: never. From then on nobody keeps it, and whoever needs it makes it anew. */
    endsAt: instant('ends_at'),
    used: numeric('used').notNull(),
    /** Of meters that take the last value. */
    lastAt: instant('last_at'),
    /** By feature: the highest limit that ruled in this window, null for unlimited. */
    highestLimits: jsonb('highest_limits').$type<Record<string, number | null>>().notNull().default({}),
    /** By feature: the highest percent that was told. */
    told: jsonb('told').$type<Record<string, number>>().notNull().default({}),
    updatedAt: updatedAt(),
  },
  (table) => [
    primaryKey({ name: 'usage_counters_pkey', columns: [table.organizationId, table.meterId, table.startsAt] }),
    index('usage_counters_over').on(table.endsAt).where(sql`ends_at is not null`),
  ],
)

/** The different values that a `unique` meter has seen since a counter's start. */
export const usageValues = billhook.table(
  'usage_values',
  {
    organizationId: organizationId(),
    meterId: text('meter_id').notNull(),
    startsAt: instant('starts_at').notNull(),
    value: text('value').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'usage_values_pkey',
      columns: [table.organizationId, table.meterId, table.startsAt, table.value],
    }),
    foreignKey({
      name: 'usage_values_counter',
      columns: [table.organizationId, table.meterId, table.startsAt],
      foreignColumns: [usageCounters.organizationId, usageCounters.meterId, usageCounters.startsAt],
    }).onDelete('cascade'),
  ],
)

export const reservationStatuses = ['held', 'settled', 'released'] as const

/** Room held for work whose size is known later. An expired one holds nothing, whatever its status. */
export const usageReservations = billhook.table(
  'usage_reservations',
  {
    id: id(),
    organizationId: organizationId().references(() => organizations.id),
    feature: text('feature').notNull(),
    meterId: text('meter_id')
      .notNull()
      .references(() => meters.id),
    /** The sender's, which the usage will have. */
    eventId: text('event_id').notNull(),
    quantity: numeric('quantity').notNull(),
    properties: jsonb('properties').$type<UsageProperties>().notNull(),
    status: text('status').$type<(typeof reservationStatuses)[number]>().notNull(),
    settledQuantity: numeric('settled_quantity'),
    /** By the wall clock. */
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    unique('usage_reservations_scope').on(table.organizationId, table.id),
    unique('usage_reservations_event_once').on(table.organizationId, table.meterId, table.eventId),
    index('usage_reservations_held').on(table.organizationId, table.meterId).where(sql`status = 'held'`),
    check('usage_reservations_status', isOneOf('status', reservationStatuses)),
    check('usage_reservations_settled', sql`(status = 'settled') = (settled_quantity is not null)`),
  ],
)
