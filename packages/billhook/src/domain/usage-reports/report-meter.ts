import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import { conflict, invalid, quantityFromText, quantityText } from '../../primitives/index.ts'
import { getMeter, isConsumable, type Meter, sumUsage } from '../meters/index.ts'
import { getCurrentSubscription } from '../subscriptions/index.ts'
import { type ReportUsageRequest, reportUsage, type UsageReport } from './report-usage.ts'
import { findUnfinishedReport, selectReportedPeriods } from './store.ts'

export interface ReportMeterRequest {
  organizationId: string
  /** Its key or id; of `count` or `sum`. */
  meterId: string
  /** The meter's name at the provider. */
  meterEventName: string
  /** Whose subscription is billed; `main` when left out. */
  productLine?: string | undefined
}

/** One that was left unfinished, what is left of the last period, and this period's. */
const mostAtOnce = 3

/**
 * Reports to the provider that bills the organization what a meter has counted and it was not told yet: what came since the last time, late
 * events of the open period too. In order, and each unit once, whoever else does the same: one whose answer was lost is settled before the next
 * is said. The first time begins with the current period; a period that has ended is completed with what it came to. Answers what was
 * said, which is nothing where nothing is new.
 *
 * Errors: `meter_not_found`, `no_subscription` (404), `not_reportable` (400), `not_billed` (409), those of `reportUsage`.
 */
export async function reportMeter(ctx: Context, request: ReportMeterRequest): Promise<UsageReport[]> {
  const { organizationId, meterEventName, productLine } = request
  const meter = await getMeter(ctx, { meterId: request.meterId })
  if (!isConsumable(meter))
    throw invalid('not_reportable', 'What counts by count or sum can be reported: levels cannot be added up.')
  const { provider, currentPeriodStart, currentPeriodEnd } = await getCurrentSubscription(ctx, {
    organizationId,
    productLine,
  })
  if (!provider || !currentPeriodStart)
    throw conflict('not_billed', 'No provider bills this organization for a period yet.')
  const now = await billingNow(ctx, provider)
  const billed = { provider, meterEventName, meter, periodStart: currentPeriodStart, periodEnd: currentPeriodEnd, now }
  const reports: UsageReport[] = []
  while (reports.length < mostAtOnce) {
    const next = await inOrganization(ctx.db, organizationId, (scope) => nextReport(scope, billed))
    if (!next) break
    const report = await reportUsage(ctx, { organizationId, provider, meterEventName, ...next })
    reports.push(report)
    if (report.outcome === 'pending') break
  }
  return reports
}

interface Billed {
  provider: string
  meterEventName: string
  meter: Meter
  periodStart: Date
  periodEnd: Date | null
  now: Date
}

type Said = Pick<ReportUsageRequest, 'quantity' | 'occurredAt' | 'reportKey'>

async function nextReport(scope: OrganizationScope, billed: Billed): Promise<Said | null> {
  const { provider, meterEventName, meter, periodStart, periodEnd, now } = billed
  const reported = { provider, meterEventName, meterKey: meter.key }
  const known = await selectReportedPeriods(scope, reported)
  // Looked for after what is known: whoever reports at the same time is then either waited for, or in the way of the same key.
  const unfinished = await findUnfinishedReport(scope, reported)
  if (unfinished) return unfinished
  const last = known.find(({ startsAt }) => new Date(startsAt) < periodStart)
  const isOver = periodEnd !== null && now >= periodEnd
  const periods = [
    ...(last ? [{ from: new Date(last.startsAt), to: periodStart, occurredAt: lastInstantBefore(periodStart) }] : []),
    isOver
      ? { from: periodStart, to: periodEnd, occurredAt: lastInstantBefore(periodEnd) }
      : { from: periodStart, to: now, occurredAt: now },
  ]
  for (const { from, to, occurredAt } of periods) {
    const { value } = await sumUsage(scope, { meter, from, to })
    const before = known.find(({ startsAt }) => startsAt === from.toISOString())
    const untold = quantityFromText(value) - quantityFromText(before?.quantity ?? '0')
    const reportKey = `${meter.key}/${from.toISOString()}/${(before?.reports ?? 0) + 1}`
    if (untold > 0n) return { quantity: quantityText(untold), occurredAt, reportKey }
  }
  return null
}

/** So that the provider bills it in the period in which it was used. */
const lastInstantBefore = (end: Date): Date => new Date(end.getTime() - 1)
