import type { SubscriptionData } from '../../providers/provider.ts'
import type { Changes } from './changes.ts'
import type { Place } from './place-subscription.ts'
import type { SubscriptionItemRow, SyncState } from './state.ts'
import type { Tools } from './tools.ts'

/** Makes the items of a binding what the provider says: changed, added, removed. What stays as it was is not written. */
export function changeItems(
  { ids, clock }: Tools,
  state: SyncState,
  { items }: SubscriptionData,
  { subscriptionId, bindingId }: Place,
  changes: Changes,
): void {
  const before = new Map(state.items.map((item) => [item.externalItemId, item]))
  const priceIds = new Map(state.prices.map((price) => [price.externalPriceId, price.priceId]))
  for (const { externalItemId, externalPriceId, quantity } of items) {
    const known = before.get(externalItemId)
    before.delete(externalItemId)
    const priceId = priceIds.get(externalPriceId) ?? null
    const says = { subscriptionId, externalPriceId, priceId, quantity }
    if (known && isSame(known, says)) continue
    changes.items.push({
      id: known?.id ?? ids.next('subscriptionItem'),
      organizationId: state.organizationId,
      bindingId,
      externalItemId,
      ...says,
      usageDueAt: known?.usageDueAt ?? null,
      createdAt: known?.createdAt ?? clock.now(),
    })
  }
  changes.goneItems.push(...[...before.values()].map((item) => item.id))
}

const isSame = (item: SubscriptionItemRow, says: Partial<SubscriptionItemRow>): boolean =>
  Object.entries(says).every(([key, value]) => Reflect.get(item, key) === value)
