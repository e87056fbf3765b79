import type { Context } from '../../context.ts'
import { type OrganizationScope, type OrganizationsScope, oneOf, type Statement } from '../../db/index.ts'
import { openAlert } from '../alerts/index.ts'
import { appendAuditEntry } from '../audit/index.ts'
import type { Decision } from './changes.ts'
import { writeRows } from './changes-store.ts'
import { insertLatePeriod } from './periods-store.ts'

/** What else belongs to a write. */
export interface WriteOptions {
  /** Written in the same statement. */
  besides?: readonly Statement[]
  /** Where the last statement may be put, to be executed with the commit. */
  closing?: Statement[]
}

/**
 * Makes decisions true, those about different organizations together: rows, outbox, and what a person must see. Nothing else writes what a
 * snapshot says. Error: `foreign_reference` (409).
 */
export async function writeDecisions(
  ctx: Context,
  scope: OrganizationsScope,
  decisions: readonly Decision[],
  { besides = [], closing }: WriteOptions = {},
): Promise<void> {
  const isAll = decisions.every(({ changes }) => !hasRest(changes))
  await writeRows(ctx, scope, decisions, { besides, closing: isAll ? closing : undefined })
  for (const { organizationId, changes } of decisions) await writeRest(ctx, oneOf(scope, organizationId), changes)
}

const hasRest = ({ latePeriod, alerts, audits }: Decision['changes']): boolean =>
  latePeriod !== undefined || alerts.length > 0 || audits.length > 0

/** What is seldom there, one by one. */
async function writeRest(ctx: Context, scope: OrganizationScope, changes: Decision['changes']): Promise<void> {
  if (changes.latePeriod) await insertLatePeriod(scope, changes.latePeriod)
  for (const alert of changes.alerts) await openAlert(scope, ctx, alert)
  for (const audit of changes.audits) await appendAuditEntry(scope, ctx, audit)
}
