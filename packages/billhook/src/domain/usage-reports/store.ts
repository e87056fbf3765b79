import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { type OrganizationScope, type PlatformScope, rowsOf } from '../../db/index.ts'
import {
  bindings,
  meters,
  prices,
  subscriptionItems,
  subscriptionPeriods,
  subscriptions,
  usageReports,
} from '../../db/schema/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import type { Meter } from '../meters/index.ts'

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
      /** Whatever is counted before has been told, but for what came late. */
      untilMs: sql<number>`round(extract(epoch from max(${usageReports.occurredAt})) * 1000)::float8`,
    })
    .from(usageReports)
    .where(ofMeter(scope, meter))
    .groupBy(sql`1`)
    .orderBy(sql`1 desc`)
    .limit(2)

/** When the metered item that bills a meter was first heard of; null: none does. */
export async function findMeteredSince(
  scope: OrganizationScope,
  { subscriptionId, meterId }: { subscriptionId: string; meterId: string },
): Promise<Date | null> {
  const [row] = await scope.tx
    .select({ since: subscriptionItems.createdAt })
    .from(subscriptionItems)
    .innerJoin(prices, eq(prices.id, subscriptionItems.priceId))
    .where(
      and(
        eq(subscriptionItems.organizationId, scope.organizationId),
        eq(subscriptionItems.subscriptionId, subscriptionId),
        eq(prices.meterId, meterId),
      ),
    )
    .orderBy(asc(subscriptionItems.createdAt))
    .limit(1)
  return row?.since ?? null
}

export interface DueItem {
  itemId: string
  organizationId: string
  subscriptionId: string
}

/** Takes metered items whose usage is due, across organizations, and puts them off: whoever dies meanwhile is simply late. */
export const claimDueItems = (
  { tx }: PlatformScope,
  { now, nextAt, limit }: { now: Date; nextAt: Date; limit: number },
): Promise<DueItem[]> =>
  rowsOf<DueItem>(
    tx.execute(sql`update billhook.subscription_items set usage_due_at = ${nextAt.toISOString()}::timestamptz where id in (
        select i.id from billhook.subscription_items i join billhook.prices p on p.id = i.price_id
        where i.quantity is null and p.meter_id is not null and (i.usage_due_at is null or i.usage_due_at <= ${now.toISOString()}::timestamptz)
        order by i.usage_due_at nulls first limit ${limit} for update of i skip locked)
      returning id as "itemId", organization_id as "organizationId", subscription_id as "subscriptionId"`),
  )

export interface MeteredItem {
  provider: string
  role: typeof bindings.$inferSelect.role
  meter: Meter
}

/** What a metered item bills, and at whom; null: it is gone. */
export async function findMeteredItem(scope: OrganizationScope, itemId: string): Promise<MeteredItem | null> {
  const [row] = await scope.tx
    .select({ provider: bindings.provider, role: bindings.role, meter: meters })
    .from(subscriptionItems)
    .innerJoin(
      bindings,
      and(eq(bindings.organizationId, subscriptionItems.organizationId), eq(bindings.id, subscriptionItems.bindingId)),
    )
    .innerJoin(prices, eq(prices.id, subscriptionItems.priceId))
    .innerJoin(meters, eq(meters.id, prices.meterId))
    .where(and(eq(subscriptionItems.organizationId, scope.organizationId), eq(subscriptionItems.id, itemId)))
  return row ?? null
}

/** When it is looked at again. */
export async function putUsageDue(scope: OrganizationScope, itemId: string, at: Date): Promise<void> {
  await scope.tx
    .update(subscriptionItems)
    .set({ usageDueAt: at })
    .where(and(eq(subscriptionItems.organizationId, scope.organizationId), eq(subscriptionItems.id, itemId)))
}

export interface BilledSpan {
  startAt: Date
  endAt: Date
}

/** Newest first, without a trial, and when the subscription was bought. */
export async function selectLatestPeriods(
  scope: OrganizationScope,
  subscriptionId: string,
  limit: number,
): Promise<{ periods: BilledSpan[]; boughtAt: Date }> {
  const [row] = await scope.tx
    .select({ boughtAt: subscriptions.createdAt })
    .from(subscriptions)
    .where(and(eq(subscriptions.organizationId, scope.organizationId), eq(subscriptions.id, subscriptionId)))
  if (!row) throw new InvariantError(`subscription ${subscriptionId} was read and is not there`)
  const periods = await scope.tx
    .select({ startAt: subscriptionPeriods.startAt, endAt: subscriptionPeriods.endAt })
    .from(subscriptionPeriods)
    .where(
      and(
        eq(subscriptionPeriods.organizationId, scope.organizationId),
        eq(subscriptionPeriods.subscriptionId, subscriptionId),
        eq(subscriptionPeriods.isTrial, false),
      ),
    )
    .orderBy(desc(subscriptionPeriods.startAt))
    .limit(limit)
  return { periods, ...row }
}
