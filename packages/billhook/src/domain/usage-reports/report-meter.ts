import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import { inOrganization, type OrganizationScope } from '../../db/index.ts'
import { conflict, invalid, quantityFromText, quantityText } from '../../primitives/index.ts'
import { getMeter, isConsumable, type Meter, sumUsage } from '../meters/index.ts'
import { getCurrentSubscription, type Subscription } from '../subscriptions/index.ts'
import { type ReportUsageRequest, reportSum, type UsageReport } from './report-usage.ts'
import { findMeteredSince, findUnfinishedReport, selectReportedPeriods } from './store.ts'

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
 * is said. The first time begins with the current period, or with the metered item that bills it; a trial is free; a period that has ended is
 * completed with what it came to. Answers what was said, which is nothing where nothing is new. Usage of metered prices is reported by a job, which
 * calls this, too.
 *
 * Errors: `meter_not_found`, `no_subscription` (404), `not_reportable` (400), `not_billed` (409), those of `reportUsage`.
 */
export async function reportMeter(ctx: Context, request: ReportMeterRequest): Promise<UsageReport[]> {
  const { organizationId, meterEventName, productLine } = request
  const meter = await getMeter(ctx, { meterId: request.meterId })
  const subscription = await getCurrentSubscription(ctx, { organizationId, productLine })
  return reportMeterOf(ctx, subscription, { meter, meterEventName })
}

/** Of one subscription. */
export async function reportMeterOf(
  ctx: Context,
  subscription: Subscription,
  { meter, meterEventName }: { meter: Meter; meterEventName: string },
): Promise<UsageReport[]> {
  if (!isConsumable(meter))
    throw invalid('not_reportable', 'What counts by count or sum can be reported: levels cannot be added up.')
  const { organizationId, provider, externalCustomerId } = subscription
  const billed = await billedPeriod(ctx, subscription, meter)
  if (!provider || !billed) throw conflict('not_billed', 'No provider bills this organization for a period yet.')
  const told = { provider, meterEventName, meter }
  const reports: UsageReport[] = []
  while (reports.length < mostAtOnce) {
    const next = await inOrganization(ctx.db, organizationId, (scope) => nextReport(scope, { ...told, ...billed }))
    if (!next) break
    const said = { organizationId, provider, meterEventName, externalCustomerId, ...next }
    const report = await reportSum(ctx, said)
    reports.push(report)
    if (report.outcome === 'pending') break
  }
  return reports
}

interface BilledPeriod {
  startsAt: Date
  /** Null: nobody knows yet. */
  endsAt: Date | null
  now: Date
}

/** The period that is billed; null: none yet. Nothing is billed of a trial, from before the metered item was there, nor from after the end. */
async function billedPeriod(ctx: Context, subscription: Subscription, meter: Meter): Promise<BilledPeriod | null> {
  const { id: subscriptionId, organizationId, provider } = subscription
  const { currentPeriodStart, currentPeriodEnd, trialEnd, endedAt } = subscription
  if (!currentPeriodStart) return null
  const since = await inOrganization(ctx.db, organizationId, (scope) =>
    findMeteredSince(scope, { subscriptionId, meterId: meter.id }),
  )
  const startsAt = [since, trialEnd].reduce<Date>((latest, at) => (at && at > latest ? at : latest), currentPeriodStart)
  const endsAt = endedAt && (!currentPeriodEnd || endedAt < currentPeriodEnd) ? endedAt : currentPeriodEnd
  return { startsAt, endsAt, now: await billingNow(ctx, provider) }
}

interface Billed extends BilledPeriod {
  provider: string
  meterEventName: string
  meter: Meter
}

type Said = Pick<ReportUsageRequest, 'quantity' | 'occurredAt' | 'reportKey'>

async function nextReport(scope: OrganizationScope, billed: Billed): Promise<Said | null> {
  const { provider, meterEventName, meter, endsAt, now } = billed
  const reported = { provider, meterEventName, meterKey: meter.key }
  const known = await selectReportedPeriods(scope, reported)
  // Looked for after what is known: whoever reports at the same time is then either waited for, or in the way of the same key.
  const unfinished = await findUnfinishedReport(scope, reported)
  if (unfinished) return unfinished
  const startsAt = startOfUntold(billed.startsAt, known[0])
  const last = known.find((period) => new Date(period.startsAt) < startsAt)
  const isOver = endsAt !== null && now >= endsAt
  const periods = [
    ...(last ? [{ from: new Date(last.startsAt), to: startsAt, occurredAt: lastInstantBefore(startsAt) }] : []),
    isOver
      ? { from: startsAt, to: endsAt, occurredAt: lastInstantBefore(endsAt) }
      : { from: startsAt, to: now, occurredAt: now },
  ]
  for (const { from, to, occurredAt } of periods) {
    if (from >= to) continue
    const { value } = await sumUsage(scope, { meter, from, to })
    const before = known.find((period) => period.startsAt === from.toISOString())
    const untold = quantityFromText(value) - quantityFromText(before?.quantity ?? '0')
    const reportKey = `${meter.key}/${from.toISOString()}/${(before?.reports ?? 0) + 1}`
    if (untold > 0n) return { quantity: quantityText(untold), occurredAt, reportKey }
  }
  return null
}

/**
 * What is reported is the customer's, whichever of its subscriptions bill it, and a period may turn out to have begun before what was told already:
 * nothing is told twice.
 */
function startOfUntold(startsAt: Date, newest: { startsAt: string; untilMs: number } | undefined): Date {
  if (!newest) return startsAt
  const toldSince = new Date(newest.startsAt)
  return toldSince >= startsAt ? toldSince : new Date(Math.max(startsAt.getTime(), newest.untilMs))
}

/** So that the provider bills it in the period in which it was used. */
const lastInstantBefore = (end: Date): Date => new Date(end.getTime() - 1)
