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

/**
 * Records a period that was heard of, in its place, whenever that is. `isPresent`: it is the one the subscription is in, whose end may
 * have moved (a trial that was extended); of an older one, what is known already stays.
 */
export async function recordPeriod(
  scope: OrganizationScope,
  period: Omit<typeof subscriptionPeriods.$inferInsert, 'organizationId' | 'ordinal'>,
  { isPresent }: { isPresent: boolean },
): Promise<void> {
  const { organizationId } = scope
  const ofSubscription = and(
    eq(subscriptionPeriods.organizationId, organizationId),
    eq(subscriptionPeriods.subscriptionId, period.subscriptionId),
  )
  const [last] = await scope.tx
    .select()
    .from(subscriptionPeriods)
    .where(ofSubscription)
    .orderBy(desc(subscriptionPeriods.ordinal))
    .limit(1)
  const row = { ...period, organizationId, ordinal: (last?.ordinal ?? 0) + 1 }
  const target = [subscriptionPeriods.subscriptionId, subscriptionPeriods.startAt]
  const insert = scope.tx.insert(subscriptionPeriods).values(row)
  await (isPresent
    ? insert.onConflictDoUpdate({ target, set: { endAt: period.endAt } })
    : insert.onConflictDoNothing({ target }))
  if (last && period.startAt < last.startAt) await renumberPeriods(scope, period.subscriptionId)
  await scope.tx.execute(sql`update billhook.subscriptions s set cycle_no =
      (select count(*) from billhook.subscription_periods p where p.subscription_id = s.id and p.start_at <= s.current_period_start)
    where s.organization_id = ${organizationId} and s.id = ${period.subscriptionId}`)
}

/** By way of negative numbers: no two periods of a subscription may have one ordinal, not even for a moment. */
async function renumberPeriods(scope: OrganizationScope, subscriptionId: string): Promise<void> {
  const own = sql`organization_id = ${scope.organizationId} and subscription_id = ${subscriptionId}`
  await scope.tx.execute(sql`update billhook.subscription_periods p set ordinal = -n.place
    from (select id, row_number() over (order by start_at) as place from billhook.subscription_periods where ${own}) n
    where p.id = n.id and p.ordinal <> n.place`)
  await scope.tx.execute(sql`update billhook.subscription_periods set ordinal = -ordinal where ${own} and ordinal < 0`)
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
