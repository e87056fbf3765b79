import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { billhook, createdAt, id, instant, isOneOf, provider, updatedAt } from './columns.ts'
import { organizations } from './organizations.ts'

export const reconcileStatuses = ['waiting', 'running', 'completed', 'failed'] as const
/** What is compared, in this order: bills need their subscriptions, money back its payment, and what no list showed is asked for by name. */
export const reconcilePhases = [
  'subscriptions',
  'unseen_subscriptions',
  'invoices',
  'unseen_invoices',
  'refunds',
  'unseen_refunds',
  'disputes',
  'unseen_disputes',
] as const
export const reconciledObjects = ['subscription', 'invoice', 'refund', 'dispute'] as const
type ReconciledObject = (typeof reconciledObjects)[number]
export const differenceKinds = [
  'differs',
  'missing_here',
  'unknown_at_provider',
  'orphan',
  'billed_twice',
  'unreadable',
] as const
export const differenceResolutions = ['repaired', 'would_repair', 'person'] as const

/**
 * One comparison with a provider. Its own queue: `due_at` says when it is worked on next, and while it is, until when nobody else does.
 * `phase` and `cursor` say where it goes on; they are written after every page.
 */
export const reconcileRuns = billhook.table(
  'reconcile_runs',
  {
    id: id(),
    provider: provider(),
    /** Null: the whole account. */
    organizationId: text('organization_id').references(() => organizations.id),
    dryRun: boolean('dry_run').notNull(),
    /** Who asked for it; `system:schedule` where nobody did. */
    actor: text('actor').notNull(),
    status: text('status').$type<(typeof reconcileStatuses)[number]>().notNull(),
    phase: text('phase').$type<(typeof reconcilePhases)[number]>().notNull(),
    cursor: text('cursor'),
    counts: jsonb('counts').$type<Record<string, number>>().notNull().default({}),
    /** Failures in a row. */
    failures: integer('failures').notNull().default(0),
    errorCode: text('error_code'),
    errorDetail: text('error_detail'),
    dueAt: instant('due_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    uniqueIndex('reconcile_runs_one_open')
      .on(table.provider, sql`coalesce(organization_id, '')`, table.dryRun)
      .where(sql`status in ('waiting', 'running')`),
    index('reconcile_runs_due').on(table.dueAt).where(sql`status in ('waiting', 'running')`),
    index('reconcile_runs_by_time').on(table.createdAt),
    check('reconcile_runs_status', isOneOf('status', reconcileStatuses)),
    check('reconcile_runs_phase', isOneOf('phase', reconcilePhases)),
    check('reconcile_runs_finished', sql`(status in ('completed', 'failed')) = (finished_at is not null)`),
    check('reconcile_runs_failed_says_why', sql`status <> 'failed' or error_code is not null`),
  ],
)

/** What a run found, field by field, and what became of it. */
export const reconcileDifferences = billhook.table(
  'reconcile_differences',
  {
    id: id(),
    runId: text('run_id').notNull(),
    /** Null: nobody's that we know. */
    organizationId: text('organization_id').references(() => organizations.id),
    kind: text('kind').$type<(typeof differenceKinds)[number]>().notNull(),
    object: text('object').$type<ReconciledObject>().notNull(),
    externalId: text('external_id').notNull(),
    /** Empty where the whole object is meant. */
    field: text('field').notNull(),
    /** JSON as text: a jsonb string that looks like a number would be read back as one. */
    ours: text('ours').notNull(),
    theirs: text('theirs').notNull(),
    severity: text('severity').$type<'info' | 'warning' | 'critical'>().notNull(),
    resolution: text('resolution').$type<(typeof differenceResolutions)[number]>().notNull(),
    /** Why it needs a person. */
    reason: text('reason'),
    createdAt: createdAt(),
  },
  (table) => [
    // A page that is done again after a crash finds the same.
    unique('reconcile_differences_once').on(table.runId, table.object, table.externalId, table.kind, table.field),
    index('reconcile_differences_in_order').on(table.runId, table.id),
    foreignKey({
      name: 'reconcile_differences_run',
      columns: [table.runId],
      foreignColumns: [reconcileRuns.id],
    }).onDelete('cascade'),
    check('reconcile_differences_kind', isOneOf('kind', differenceKinds)),
    check('reconcile_differences_object', isOneOf('object', reconciledObjects)),
    check('reconcile_differences_severity', isOneOf('severity', ['info', 'warning', 'critical'])),
    check('reconcile_differences_resolution', isOneOf('resolution', differenceResolutions)),
  ],
)

/** What the lists of an unfinished run showed, so that what they did not show can be asked for by name. */
export const reconcileSeen = billhook.table(
  'reconcile_seen',
  {
    runId: text('run_id').notNull(),
    object: text('object').$type<ReconciledObject>().notNull(),
    externalId: text('external_id').notNull(),
  },
  (table) => [
    primaryKey({ name: 'reconcile_seen_once', columns: [table.runId, table.object, table.externalId] }),
    foreignKey({
      name: 'reconcile_seen_run',
      columns: [table.runId],
      foreignColumns: [reconcileRuns.id],
    }).onDelete('cascade'),
  ],
)
