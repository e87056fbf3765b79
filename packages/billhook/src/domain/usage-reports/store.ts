import { and, eq } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { usageReports } from '../../db/schema/index.ts'

export type UsageReportRow = typeof usageReports.$inferSelect
type ReportKey = Pick<UsageReportRow, 'provider' | 'meterEventName' | 'reportKey'>

const withKey = (scope: OrganizationScope, key: ReportKey) =>
  and(
    eq(usageReports.organizationId, scope.organizationId),
    eq(usageReports.provider, key.provider),
    eq(usageReports.meterEventName, key.meterEventName),
    eq(usageReports.reportKey, key.reportKey),
  )

export async function findReport(scope: OrganizationScope, key: ReportKey): Promise<UsageReportRow | null> {
  const [row] = await scope.tx.select().from(usageReports).where(withKey(scope, key))
  return row ?? null
}

/** New, or tried again under another operation; what was said stays as it was said first. */
export async function saveReport(scope: OrganizationScope, row: typeof usageReports.$inferInsert): Promise<void> {
  await scope.tx
    .insert(usageReports)
    .values(row)
    .onConflictDoUpdate({
      target: [usageReports.organizationId, usageReports.provider, usageReports.meterEventName, usageReports.reportKey],
      set: { operationId: row.operationId },
    })
}

export async function markReported(scope: OrganizationScope, operationId: string, at: Date): Promise<void> {
  await scope.tx
    .update(usageReports)
    .set({ reportedAt: at })
    .where(and(eq(usageReports.organizationId, scope.organizationId), eq(usageReports.operationId, operationId)))
}
