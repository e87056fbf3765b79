import { and, desc, eq, lt } from 'drizzle-orm'
import type { OrganizationScope, PlatformScope } from '../../db/index.ts'
import { auditLog } from '../../db/schema/index.ts'
import type { AuditEntry } from './audit-entry.ts'

export type AuditRow = typeof auditLog.$inferSelect

export async function insertAuditEntry(scope: OrganizationScope | PlatformScope, entry: AuditEntry): Promise<void> {
  await scope.tx.insert(auditLog).values(entry)
}

export interface AuditFilter {
  organizationId?: string | undefined
  subject?: string | undefined
}

/** Newest first: ids rise with time. */
export function selectAuditEntries(
  scope: PlatformScope,
  filter: AuditFilter,
  before: string | null,
  rows: number,
): Promise<AuditRow[]> {
  return scope.tx
    .select()
    .from(auditLog)
    .where(
      and(
        filter.organizationId === undefined ? undefined : eq(auditLog.organizationId, filter.organizationId),
        filter.subject === undefined ? undefined : eq(auditLog.subject, filter.subject),
        before === null ? undefined : lt(auditLog.id, before),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(rows)
}
