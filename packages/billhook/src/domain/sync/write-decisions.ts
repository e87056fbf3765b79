import type { Context } from '../../context.ts'
import { type OrganizationScope, type OrganizationsScope, oneOf, type Statement } from '../../db/index.ts'
import { openAlert } from '../alerts/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import type { Decision } from './changes.ts'
import { writeRows } from './changes-store.ts'
import { insertLatePeriod } from './periods-store.ts'

/**
 * Makes decisions true, those about different organizations together: rows, outbox, and what a person must see. Nothing else writes what a
 * snapshot says. Error: `foreign_reference` (409).
 */
export async function writeDecisions(
  ctx: Context,
  scope: OrganizationsScope,
  decisions: readonly Decision[],
  /** What else belongs to it, written in the same statement. */
  besides: readonly Statement[] = [],
): Promise<void> {
  await writeRows(ctx, scope, decisions, besides)
  for (const { organizationId, changes } of decisions) await writeRest(ctx, oneOf(scope, organizationId), changes)
}

/** What is seldom there, one by one. */
async function writeRest(ctx: Context, scope: OrganizationScope, changes: Decision['changes']): Promise<void> {
  if (changes.latePeriod) await insertLatePeriod(scope, changes.latePeriod)
  for (const alert of changes.alerts) await openAlert(scope, ctx, alert)
  for (const audit of changes.audits) await appendAuditEntry(scope, ctx, audit)
}
