import { sql } from 'drizzle-orm'
import { insertRecords, type OrganizationScope } from '../../db/index.ts'
import { subscriptionPeriods } from '../../db/schema/index.ts'
import type { SubscriptionPeriodRow } from './state.ts'

/** A period that was heard of after a later one takes its place among them, and all are counted anew. */
export async function insertLatePeriod(scope: OrganizationScope, period: SubscriptionPeriodRow): Promise<void> {
  const { tx, organizationId } = scope
  const own = sql`organization_id = ${organizationId} and subscription_id = ${period.subscriptionId}`
  await tx.execute(insertRecords(subscriptionPeriods, [period], { target: ['subscriptionId', 'startAt'], set: [] }))
  // By way of negative numbers: no two periods of a subscription may have one ordinal, not even for a moment.
  await tx.execute(sql`update billhook.subscription_periods p set ordinal = -n.place
    from (select id, row_number() over (order by start_at) as place from billhook.subscription_periods where ${own}) n
    where p.id = n.id and p.ordinal <> n.place`)
  await tx.execute(sql`update billhook.subscription_periods set ordinal = -ordinal where ${own} and ordinal < 0`)
  await tx.execute(sql`update billhook.subscriptions s set cycle_no =
      (select count(*) from billhook.subscription_periods p where p.subscription_id = s.id and p.start_at <= s.current_period_start)
    where s.organization_id = ${organizationId} and s.id = ${period.subscriptionId}`)
}
