import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import {
  bindings,
  customers,
  plans,
  prices,
  subscriptionChanges,
  subscriptionItems,
  subscriptions,
} from '../../db/schema/index.ts'
import { liveStatuses } from '../../providers/provider.ts'

/** A subscription with everything that its view needs. */
export interface SubscriptionRecord {
  row: typeof subscriptions.$inferSelect
  planKey: string
  priceKey: string
  graceDays: number
  afterGrace: (typeof plans.$inferSelect)['afterGrace']
  bindings: Array<typeof bindings.$inferSelect & { externalCustomerId: string }>
  items: Array<typeof subscriptionItems.$inferSelect & { priceKey: string | null; meterId: string | null }>
  openChange: typeof subscriptionChanges.$inferSelect | null
}

const ofOrganization = (scope: OrganizationScope) => eq(subscriptions.organizationId, scope.organizationId)

async function loadRecords(scope: OrganizationScope, ids: string[]): Promise<SubscriptionRecord[]> {
  if (ids.length === 0) return []
  const heads = await scope.tx
    .select({
      row: subscriptions,
      planKey: plans.key,
      graceDays: plans.graceDays,
      afterGrace: plans.afterGrace,
      priceKey: prices.key,
    })
    .from(subscriptions)
    .innerJoin(plans, eq(plans.id, subscriptions.planId))
    .innerJoin(prices, eq(prices.id, subscriptions.priceId))
    .where(and(ofOrganization(scope), inArray(subscriptions.id, ids)))
  const ties = await scope.tx
    .select({ binding: bindings, externalCustomerId: customers.externalCustomerId })
    .from(bindings)
    .innerJoin(
      customers,
      and(eq(customers.organizationId, bindings.organizationId), eq(customers.id, bindings.customerId)),
    )
    .where(and(eq(bindings.organizationId, scope.organizationId), inArray(bindings.subscriptionId, ids)))
    .orderBy(asc(bindings.createdAt), asc(bindings.id))
  const items = await scope.tx
    .select({ item: subscriptionItems, priceKey: prices.key, meterId: prices.meterId })
    .from(subscriptionItems)
    .leftJoin(prices, eq(prices.id, subscriptionItems.priceId))
    .where(
      and(eq(subscriptionItems.organizationId, scope.organizationId), inArray(subscriptionItems.subscriptionId, ids)),
    )
    .orderBy(asc(subscriptionItems.externalItemId))
  const changes = await scope.tx
    .select()
    .from(subscriptionChanges)
    .where(
      and(
        eq(subscriptionChanges.organizationId, scope.organizationId),
        inArray(subscriptionChanges.subscriptionId, ids),
        eq(subscriptionChanges.status, 'open'),
      ),
    )
  const records = heads.map((head) => ({
    ...head,
    bindings: ties
      .filter(({ binding }) => binding.subscriptionId === head.row.id)
      .map(({ binding, externalCustomerId }) => ({ ...binding, externalCustomerId })),
    items: items
      .filter(({ item }) => item.subscriptionId === head.row.id)
      .map(({ item, priceKey, meterId }) => ({ ...item, priceKey, meterId })),
    openChange: changes.find((change) => change.subscriptionId === head.row.id) ?? null,
  }))
  return records.sort((a, b) => ids.indexOf(a.row.id) - ids.indexOf(b.row.id))
}

export async function findSubscription(scope: OrganizationScope, id: string): Promise<SubscriptionRecord | null> {
  const [record] = await loadRecords(scope, [id])
  return record ?? null
}

/** The live one of a product line, else the one that ended last; what never became live does not count. */
export async function findCurrentSubscription(
  scope: OrganizationScope,
  productLine: string,
): Promise<SubscriptionRecord | null> {
  const isLive = inArray(subscriptions.status, [...liveStatuses])
  const [row] = await scope.tx
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        ofOrganization(scope),
        eq(subscriptions.productLine, productLine),
        inArray(subscriptions.status, [...liveStatuses, 'canceled']),
      ),
    )
    .orderBy(sql`${isLive} desc`, sql`${subscriptions.endedAt} desc nulls last`, desc(subscriptions.id))
    .limit(1)
  return row ? findSubscription(scope, row.id) : null
}

/** Newest first, from below the given id. */
export async function selectSubscriptions(
  scope: OrganizationScope,
  before: string | null,
  limit: number,
): Promise<SubscriptionRecord[]> {
  const rows = await scope.tx
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(ofOrganization(scope), before ? lt(subscriptions.id, before) : undefined))
    .orderBy(desc(subscriptions.id))
    .limit(limit)
  return loadRecords(
    scope,
    rows.map((row) => row.id),
  )
}

export async function insertChange(
  scope: OrganizationScope,
  change: typeof subscriptionChanges.$inferInsert,
): Promise<void> {
  await scope.tx.insert(subscriptionChanges).values(change)
}

/** A newer wish takes the place of the one that was open. */
export async function cancelOpenChange(scope: OrganizationScope, subscriptionId: string, now: Date): Promise<void> {
  await scope.tx
    .update(subscriptionChanges)
    .set({ status: 'canceled', updatedAt: now })
    .where(
      and(
        eq(subscriptionChanges.organizationId, scope.organizationId),
        eq(subscriptionChanges.subscriptionId, subscriptionId),
        eq(subscriptionChanges.status, 'open'),
      ),
    )
}
