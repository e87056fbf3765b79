import { z } from '@hono/zod-openapi'
import type { ReconcileDifference, ReconcileRun, ReconcileRunWithDifferences } from '../../domain/reconcile/index.ts'
import { instant, iso, isoOrNull, listJson, listOf } from './common.ts'

export const reconcileStatus = z.enum(['waiting', 'running', 'completed', 'failed'])
export const differenceKind = z.enum([
  'differs',
  'missing_here',
  'unknown_at_provider',
  'orphan',
  'billed_twice',
  'unreadable',
])
export const differenceSeverity = z.enum(['info', 'warning', 'critical'])
export const differenceResolution = z.enum(['repaired', 'would_repair', 'person'])

export const newReconcile = z
  .object({
    provider: z.string().max(40).optional().openapi({ description: 'The default provider when absent' }),
    organization_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Its customers only, by its id or external_id; the whole account when absent' }),
    dry_run: z.boolean().optional().openapi({ description: 'Say what differs, and change nothing' }),
  })
  .openapi('NewReconcile')

export const resyncRequest = z
  .object({ dry_run: z.boolean().optional().openapi({ description: 'Say what differs, and change nothing' }) })
  .openapi('ResyncRequest')

const count = z.int().min(0)

export const reconcileRunSchema = z
  .object({
    id: z.string(),
    provider: z.string(),
    organization_id: z.string().nullable().openapi({ description: 'Null: the whole account' }),
    dry_run: z.boolean(),
    actor: z.string().openapi({ description: 'Who asked for it; system:schedule where nobody did' }),
    status: reconcileStatus,
    phase: z.enum([
      'subscriptions',
      'unseen_subscriptions',
      'invoices',
      'unseen_invoices',
      'refunds',
      'unseen_refunds',
      'disputes',
      'unseen_disputes',
    ]),
    read: z.object({
      subscriptions: count,
      invoices: count,
      refunds: count,
      disputes: count,
      orphan_subscriptions: count,
      live_orphan_subscriptions: count,
      orphan_invoices: count,
      orphan_refunds: count,
      orphan_disputes: count,
    }),
    found: z.object({
      total: count,
      resolutions: z.record(differenceResolution, count),
      severities: z.record(differenceSeverity, count),
      kinds: z.record(differenceKind, count),
    }),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    due_at: instant.openapi({ description: 'When it is worked on next' }),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
  })
  .openapi('ReconcileRun')

export const differenceSchema = z
  .object({
    id: z.string(),
    organization_id: z.string().nullable(),
    kind: differenceKind,
    object: z.enum(['subscription', 'invoice', 'refund', 'dispute']),
    external_id: z.string(),
    field: z.string().nullable().openapi({ description: 'Null: the whole object' }),
    ours: z.unknown(),
    theirs: z.unknown(),
    severity: differenceSeverity,
    resolution: differenceResolution,
    reason: z.string().nullable().openapi({ description: 'Why it needs a person' }),
    created_at: instant,
  })
  .openapi('ReconcileDifference')

export const reconcileRunWithDifferences = reconcileRunSchema
  .extend({ differences: listOf(differenceSchema, 'ReconcileDifferenceList') })
  .openapi('ReconcileRunWithDifferences')

export const resyncSchema = z.object({ runs: z.array(reconcileRunSchema) }).openapi('Resync')

export const reconcileRunJson = (run: ReconcileRun): z.infer<typeof reconcileRunSchema> => ({
  id: run.id,
  provider: run.provider,
  organization_id: run.organizationId,
  dry_run: run.dryRun,
  actor: run.actor,
  status: run.status,
  phase: run.phase,
  read: {
    subscriptions: run.counts.subscriptions,
    invoices: run.counts.invoices,
    refunds: run.counts.refunds,
    disputes: run.counts.disputes,
    orphan_subscriptions: run.counts.orphanSubscriptions,
    live_orphan_subscriptions: run.counts.liveOrphanSubscriptions,
    orphan_invoices: run.counts.orphanInvoices,
    orphan_refunds: run.counts.orphanRefunds,
    orphan_disputes: run.counts.orphanDisputes,
  },
  found: run.found,
  error: run.error,
  due_at: iso(run.dueAt),
  created_at: iso(run.createdAt),
  started_at: isoOrNull(run.startedAt),
  finished_at: isoOrNull(run.finishedAt),
})

const differenceJson = (found: ReconcileDifference): z.infer<typeof differenceSchema> => ({
  id: found.id,
  organization_id: found.organizationId,
  kind: found.kind,
  object: found.object,
  external_id: found.externalId,
  field: found.field,
  ours: found.ours,
  theirs: found.theirs,
  severity: found.severity,
  resolution: found.resolution,
  reason: found.reason,
  created_at: iso(found.createdAt),
})

export const reconcileRunWithDifferencesJson = (
  run: ReconcileRunWithDifferences,
): z.infer<typeof reconcileRunWithDifferences> => ({
  ...reconcileRunJson(run),
  differences: listJson(run.differences, differenceJson),
})
