import type { Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import { errorMessage } from '../../primitives/index.ts'
import { openAlert, resolveAlertAbout } from '../alerts/index.ts'
import { forever } from '../meters/index.ts'
import { getSubscription } from '../subscriptions/index.ts'
import { reportMeterOf } from './report-meter.ts'
import { claimDueItems, type DueItem, findMeteredItem, type MeteredItem, putUsageDue } from './store.ts'

const mostAtOnce = 20
/** A provider finalizes the bill of a period an hour or so after its end: what was used in it has to be there by then. */
const everyMs = 15 * 60_000
const alertKind = 'usage_not_reported'

/** For a job: reports what metered prices bill, item by item. Answers how many were looked at. */
export async function reportDueUsage(ctx: Context): Promise<number> {
  const now = ctx.clock.now()
  const claim = { now, nextAt: new Date(now.getTime() + everyMs), limit: mostAtOnce }
  const due = await asPlatform(ctx.db, (scope) => claimDueItems(scope, claim))
  for (const item of due) await reportItem(ctx, item)
  return due.length
}

async function reportItem(ctx: Context, due: DueItem): Promise<void> {
  const { organizationId, itemId } = due
  const item = await inOrganization(ctx.db, organizationId, (scope) => findMeteredItem(scope, itemId))
  if (!item || !isBilled(ctx, item)) return
  try {
    await reportWhatIsNew(ctx, due, item)
    await asPlatform(ctx.db, (scope) =>
      resolveAlertAbout(scope, ctx, { kind: alertKind, subject: itemId, actor: 'report_usage' }),
    )
  } catch (error) {
    await tellOf(ctx, due, item, error)
  }
}

/** What waits to take the place of another bills nothing yet, and a second one by mistake nothing at all. */
const isBilled = ({ providers }: Context, { provider, role }: MeteredItem): boolean =>
  (role === 'billing' || role === 'ended') &&
  providers.names.includes(provider) &&
  providers.getProvider(provider).capabilities.usage

async function reportWhatIsNew(
  ctx: Context,
  { organizationId, subscriptionId, itemId }: DueItem,
  { meter, provider }: MeteredItem,
): Promise<void> {
  const subscription = await getSubscription(ctx, { organizationId, subscriptionId })
  // It was moved: the other provider has items of its own.
  if (subscription.provider !== provider) return
  // Read before what was used is: what comes after an end is looked at once more.
  const hasEnded = subscription.endedAt !== null
  const reports = await reportMeterOf(ctx, subscription, { meter, meterEventName: meter.key })
  if (hasEnded && reports.length === 0)
    await inOrganization(ctx.db, organizationId, (scope) => putUsageDue(scope, itemId, forever))
}

/** It is tried again when it is due again; a person hears of it, because the provider bills without it. */
async function tellOf(
  ctx: Context,
  { organizationId, subscriptionId, itemId }: DueItem,
  item: MeteredItem,
  error: unknown,
) {
  const facts = { subscription_id: subscriptionId, meter: item.meter.key, error: errorMessage(error) }
  ctx.logger.warn(facts, 'usage could not be reported')
  await inOrganization(ctx.db, organizationId, (scope) =>
    openAlert(scope, ctx, {
      kind: alertKind,
      subject: itemId,
      severity: 'warning',
      detail: `Usage of meter ${item.meter.key} could not be reported to ${item.provider} for subscription ${subscriptionId}: ${errorMessage(error)} It is tried again.`,
    }),
  )
}
