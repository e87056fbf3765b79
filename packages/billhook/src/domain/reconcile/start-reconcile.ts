import type { Context } from '../../context.ts'
import { asPlatform, type PlatformScope } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import { resolveOrganization } from '../organizations/index.ts'
import { noCounts, type ReconcileRow } from './reconcile-run.ts'
import { hastenOpenRun, insertRun } from './runs-store.ts'

export interface StartReconcileInput {
  /** The default provider when left out. */
  provider?: string | undefined
  /** One organization's customers only, by our id or the host's; the whole account when left out. */
  organizationId?: string | undefined
  /** Writes down what differs and changes nothing else. */
  dryRun?: boolean | undefined
  actor: string
}

/** Begins a run, or goes on with the one that compares the same and has not come to its end. Errors: `unknown_provider`, `organization_not_found` (404). */
export async function openRun(ctx: Context, input: StartReconcileInput): Promise<ReconcileRow> {
  const { providerName: provider } = ctx.providers.getProvider(input.provider)
  const { actor, dryRun = false } = input
  const organizationId = await organizationOf(ctx, input.organizationId)
  const target = { provider, organizationId, dryRun, actor }
  return asPlatform(ctx.db, async (scope) => {
    const run = await openOne(ctx, scope, target)
    await appendAuditEntry(scope, ctx, {
      actor,
      action: 'start_reconcile',
      subject: run.id,
      facts: { provider, dry_run: dryRun },
      organizationId,
    })
    return run
  })
}

async function organizationOf(ctx: Context, idOrExternalId: string | undefined): Promise<string | null> {
  if (idOrExternalId === undefined) return null
  const organization = await resolveOrganization(ctx, idOrExternalId)
  if (!organization) throw notFound('organization_not_found', 'There is no such organization.')
  return organization.id
}

type Target = Pick<ReconcileRow, 'provider' | 'organizationId' | 'dryRun' | 'actor'>

async function openOne(ctx: Context, scope: PlatformScope, target: Target): Promise<ReconcileRow> {
  const now = ctx.clock.now()
  const open = await hastenOpenRun(scope, target, now)
  if (open) return open
  const made = await insertRun(scope, newRun(ctx, target, now))
  // Another process was faster by a moment: its run is the one.
  return made ?? openOne(ctx, scope, target)
}

export function newRun(ctx: Context, target: Target, dueAt: Date): ReconcileRow {
  const now = ctx.clock.now()
  return {
    ...target,
    id: ctx.ids.next('reconcileRun'),
    status: 'waiting',
    phase: 'subscriptions',
    cursor: null,
    counts: { ...noCounts },
    failures: 0,
    errorCode: null,
    errorDetail: null,
    dueAt,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    finishedAt: null,
  }
}
