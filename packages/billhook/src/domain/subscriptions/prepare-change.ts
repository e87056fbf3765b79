import type { Context } from '../../context.ts'
import { inOrganization } from '../../db/index.ts'
import { BillhookError, conflict, invalid } from '../../primitives/index.ts'
import type { BasePaymentProvider, ProrationMode, UpdateSubscriptionInput } from '../../providers/provider.ts'
import { getExternalPriceId, getMeteredPriceIds, getPrice, type SellablePrice } from '../catalog/index.ts'
import { isLive } from '../sync/index.ts'
import { billedAt, unsupported } from './billed-change.ts'
import { getRecord, type SubscriptionInput } from './get-subscription.ts'
import { isHeld } from './held-end.ts'
import type { SubscriptionRecord } from './store.ts'

export interface WantedChange extends SubscriptionInput {
  /** Our id or the price's key; the present price when left out. */
  priceId?: string | undefined
  /** Stays as it is when left out. */
  quantity?: number | undefined
  /** What happens to the rest of the period; the provider's first way when left out. */
  proration?: ProrationMode | undefined
}

/** A change, checked: what the provider is asked, for showing what it costs and for doing it alike. */
export interface PreparedChange {
  record: SubscriptionRecord
  provider: BasePaymentProvider
  price: SellablePrice
  quantity: number
  proration: ProrationMode
  /** False: the subscription is like this already. */
  isChange: boolean
  update: UpdateSubscriptionInput
}

/** Errors: those of updateSubscriptionPlan, before anything is asked of the provider. */
export async function prepareChange(ctx: Context, input: WantedChange): Promise<PreparedChange> {
  const record = await getRecord(ctx, input)
  const { row } = record
  if (!isLive(row.status)) {
    throw conflict('subscription_not_live', `A subscription that is ${row.status} cannot be changed.`)
  }
  if (isHeld(record)) throw conflict('subscription_ending', 'The subscription is going to end; reactivate it first.')
  const quantity = input.quantity ?? row.quantity
  const { provider, externalSubscriptionId, bindingId } = billedAt(ctx, record)
  const { price, externalPriceId, metered } = await inOrganization(ctx.db, input.organizationId, async (scope) => {
    const price = await getPrice(scope, { idOrKey: input.priceId ?? row.priceId })
    const metered = await getMeteredPriceIds(scope, price, provider)
    return { price, externalPriceId: await getExternalPriceId(scope, price, provider.providerName), metered }
  })
  checkChange(provider, record, price, quantity)
  const proration = prorationFor(provider, input.proration)
  const items = [{ externalItemId: planItemOf(record, bindingId), externalPriceId, quantity }]
  const meteredItems = price.id === row.priceId ? [] : changeMeteredItems(record, bindingId, metered)
  return {
    record,
    provider,
    price,
    quantity,
    proration,
    isChange: price.id !== row.priceId || quantity !== row.quantity,
    update: { externalSubscriptionId, items, ...(meteredItems.length > 0 && { meteredItems }), proration },
  }
}

function checkChange(
  provider: BasePaymentProvider,
  { row }: SubscriptionRecord,
  price: SellablePrice,
  quantity: number,
): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
    throw invalid('invalid_quantity', 'quantity must be a whole number from 1 to 1,000,000.')
  }
  if (quantity !== row.quantity && !provider.capabilities.quantity) throw unsupported(provider, 'change the quantity')
  if (price.productLine !== row.productLine) {
    throw new BillhookError(
      'other_product_line',
      `Price "${price.key}" is of product line "${price.productLine}", the subscription of "${row.productLine}".`,
      { status: 422 },
    )
  }
  if (price.currency !== row.currency) {
    throw new BillhookError(
      'currency_mismatch',
      `The subscription is in ${row.currency}; price "${price.key}" is in ${price.currency}.`,
      { status: 422 },
    )
  }
}

/** The item that carries the plan, by its mapped price; any other item is left as it is. */
function planItemOf({ row, items }: SubscriptionRecord, bindingId: string): string {
  const ofBinding = items.filter((item) => item.bindingId === bindingId)
  const item =
    ofBinding.find((candidate) => candidate.priceId === row.priceId) ??
    (ofBinding.length === 1 ? ofBinding[0] : undefined)
  if (!item)
    throw conflict(
      'unmapped_price',
      'None of the items at the provider has the price of this subscription; map it first.',
    )
  return item.externalItemId
}

function prorationFor(provider: BasePaymentProvider, wanted: ProrationMode | undefined): ProrationMode {
  const { proration } = provider.capabilities.changePlan
  const mode = wanted ?? (proration.includes('next_invoice') ? 'next_invoice' : proration[0])
  if (mode === undefined || !proration.includes(mode)) throw unsupported(provider, `prorate as "${wanted}"`)
  return mode
}

type MeteredItems = NonNullable<UpdateSubscriptionInput['meteredItems']>

/** The metered prices of the plan that is left make room for those of the new one; a meter that both bill keeps its item. */
function changeMeteredItems(
  { items }: SubscriptionRecord,
  bindingId: string,
  wanted: ReadonlyArray<{ meterId: string; externalPriceId: string }>,
): MeteredItems {
  // What somebody has added at the provider is mapped to no price of ours, and stays.
  const present = items.filter((item) => item.bindingId === bindingId && item.meterId !== null)
  const kept = new Set<string>()
  const changed = wanted.flatMap(({ meterId, externalPriceId }): MeteredItems => {
    const item = present.find((candidate) => candidate.meterId === meterId)
    if (item) kept.add(item.externalItemId)
    return item?.externalPriceId === externalPriceId
      ? []
      : [{ externalItemId: item?.externalItemId ?? null, externalPriceId }]
  })
  const left = present.filter(({ externalItemId }) => !kept.has(externalItemId))
  return [...changed, ...left.map(({ externalItemId }) => ({ externalItemId, externalPriceId: null }))]
}
