import { and, asc, eq, isNull, sql } from 'drizzle-orm'
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

type ReportedMeter = Pick<UsageReportRow, 'provider' | 'meterEventName'> & { meterKey: string }

/** Keys of these are `<meter>/<start of the period>/<number>`. */
const ofMeter = (scope: OrganizationScope, { provider, meterEventName, meterKey }: ReportedMeter) =>
  and(
    eq(usageReports.organizationId, scope.organizationId),
    eq(usageReports.provider, provider),
    eq(usageReports.meterEventName, meterEventName),
    sql`split_part(${usageReports.reportKey}, '/', 1) = ${meterKey}`,
    sql`split_part(${usageReports.reportKey}, '/', 3) <> ''`,
  )

/** Said, and not known to have been taken. */
export async function findUnfinishedReport(
  scope: OrganizationScope,
  meter: ReportedMeter,
): Promise<UsageReportRow | null> {
  const [row] = await scope.tx
    .select()
    .from(usageReports)
    .where(and(ofMeter(scope, meter), isNull(usageReports.reportedAt)))
    .orderBy(asc(usageReports.occurredAt), asc(usageReports.id))
    .limit(1)
  return row ?? null
}

/** What was said of the last two periods, the newer one first. */
export const selectReportedPeriods = (scope: OrganizationScope, meter: ReportedMeter) =>
  scope.tx
    .select({
      startsAt: sql<string>`split_part(${usageReports.reportKey}, '/', 2)`,
      reports: sql<number>`count(*)::int`,
      quantity: sql<string>`sum(${usageReports.quantity})::text`,
    })
    .from(usageReports)
    .where(ofMeter(scope, meter))
    .groupBy(sql`1`)
    .orderBy(sql`1 desc`)
    .limit(2)
