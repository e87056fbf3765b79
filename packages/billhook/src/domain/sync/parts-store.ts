import { and, desc, eq, notInArray, sql } from 'drizzle-orm'
import type { OrganizationScope } from '../../db/index.ts'
import { subscriptionChanges, subscriptionItems, subscriptionPeriods } from '../../db/schema/index.ts'
import type { SubscriptionData } from '../../providers/provider.ts'

interface ItemsInput {
  subscriptionId: string
  bindingId: string
  items: SubscriptionData['items']
  priceIdOf: (externalPriceId: string) => string | null
  nextId: () => string
  now: Date
}

/** Makes the stored items of a binding what the provider says: changed, added, removed. */
export async function replaceItems(scope: OrganizationScope, input: ItemsInput): Promise<void> {
  const ofBinding = and(
    eq(subscriptionItems.organizationId, scope.organizationId),
    eq(subscriptionItems.bindingId, input.bindingId),
  )
  const kept = input.items.map((item) => item.externalItemId)
  await scope.tx
    .delete(subscriptionItems)
    .where(kept.length === 0 ? ofBinding : and(ofBinding, notInArray(subscriptionItems.externalItemId, kept)))
  if (kept.length === 0) return
  await scope.tx
    .insert(subscriptionItems)
    .values(
      input.items.map((item) => ({
        id: input.nextId(),
        organizationId: scope.organizationId,
        subscriptionId: input.subscriptionId,
        bindingId: input.bindingId,
        externalItemId: item.externalItemId,
        externalPriceId: item.externalPriceId,
        priceId: input.priceIdOf(item.externalPriceId),
        quantity: item.quantity,
        createdAt: input.now,
      })),
    )
    .onConflictDoUpdate({
      target: [subscriptionItems.bindingId, subscriptionItems.externalItemId],
      set: {
        subscriptionId: sql`excluded.subscription_id`,
        externalPriceId: sql`excluded.external_price_id`,
        priceId: sql`excluded.price_id`,
        quantity: sql`excluded.quantity`,
      },
    })
}

/** Records the period the subscription is in; a period whose end moved (a trial that was extended) keeps its ordinal. */
export async function recordPeriod(
  scope: OrganizationScope,
  period: Omit<typeof subscriptionPeriods.$inferInsert, 'organizationId' | 'ordinal'>,
): Promise<void> {
  const [last] = await scope.tx
    .select()
    .from(subscriptionPeriods)
    .where(
      and(
        eq(subscriptionPeriods.organizationId, scope.organizationId),
        eq(subscriptionPeriods.subscriptionId, period.subscriptionId),
      ),
    )
    .orderBy(desc(subscriptionPeriods.ordinal))
    .limit(1)
  if (last && period.startAt < last.startAt) return
  await scope.tx
    .insert(subscriptionPeriods)
    .values({ ...period, organizationId: scope.organizationId, ordinal: (last?.ordinal ?? 0) + 1 })
    .onConflictDoUpdate({
      target: [subscriptionPeriods.subscriptionId, subscriptionPeriods.startAt],
      set: { endAt: period.endAt },
    })
}

export async function findOpenChange(scope: OrganizationScope, subscriptionId: string) {
  const [row] = await scope.tx
    .select()
    .from(subscriptionChanges)
    .where(
      and(
        eq(subscriptionChanges.organizationId, scope.organizationId),
        eq(subscriptionChanges.subscriptionId, subscriptionId),
        eq(subscriptionChanges.status, 'open'),
      ),
    )
  return row ?? null
}

export async function concludeChange(
  scope: OrganizationScope,
  id: string,
  status: 'applied' | 'canceled',
  now: Date,
): Promise<void> {
  await scope.tx
    .update(subscriptionChanges)
    .set({ status, updatedAt: now })
    .where(and(eq(subscriptionChanges.organizationId, scope.organizationId), eq(subscriptionChanges.id, id)))
}
