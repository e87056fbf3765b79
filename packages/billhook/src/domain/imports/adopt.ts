import type { Context } from '../../context.ts'
import { lockOrganization, type OrganizationScope } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import type { InvoiceData, SubscriptionData } from '../../providers/provider.ts'
import { preferPayingCustomer } from '../customers/index.ts'
import {
  applyInvoice,
  applySubscription,
  choosePlanItem,
  isLive,
  mapPrices,
  type Observation,
  type SnapshotOrigin,
} from '../sync/index.ts'
import { selectLiveLines } from './store.ts'

interface AdoptInput<S> {
  origin: SnapshotOrigin
  snapshot: S
  observation: Observation
}

export const secondLive = (productLine: string, other: string) =>
  conflict(
    'second_live_subscription',
    `Its organization has a live subscription of product line "${productLine}" already: ${other}. End one of them, or put its product into a product line of its own.`,
  )

export const unmappedPrice = (externalPriceIds: string[]) =>
  conflict('unmapped_price', `None of its prices is one of ours: ${externalPriceIds.join(', ') || 'it shows none'}.`)

/**
 * Applies a subscription that was never heard of here. Unlike an event it never makes a duplicate of a live one, which would be cancelled
 * at the provider by policy: moving data in ends nobody's subscription. Errors: `second_live_subscription`, `unmapped_price` (409),
 * what `applySubscription` throws.
 */
export async function adoptSubscription(
  ctx: Context,
  scope: OrganizationScope,
  input: AdoptInput<SubscriptionData>,
): Promise<'create' | 'leave'> {
  await lockOrganization(scope)
  const { snapshot, origin } = input
  const externalPriceIds = snapshot.items.map((item) => item.externalPriceId)
  const chosen = choosePlanItem(snapshot.items, await mapPrices(scope, origin.provider, externalPriceIds), null)
  if (!chosen) throw unmappedPrice(externalPriceIds)
  if (isLive(snapshot.status)) {
    const { productLine } = chosen.price
    const other = (await selectLiveLines(scope)).get(productLine)
    if (other === snapshot.externalSubscriptionId) return 'leave'
    if (other) throw secondLive(productLine, other)
  }
  const { outcome } = await applySubscription(ctx, scope, input)
  if (outcome !== 'applied') return 'leave'
  if (isLive(snapshot.status))
    await preferPayingCustomer(ctx, scope, {
      provider: origin.provider,
      externalCustomerId: snapshot.externalCustomerId,
    })
  return 'create'
}

/** Applies an invoice that was never heard of here. Errors: `unknown_subscription` (409), what `applyInvoice` throws. */
export async function adoptInvoice(
  ctx: Context,
  scope: OrganizationScope,
  input: AdoptInput<InvoiceData>,
): Promise<'create' | 'leave'> {
  const result = await applyInvoice(ctx, scope, input)
  if (result.outcome === 'needs') throw subscriptionMissing(result.externalSubscriptionId)
  return result.outcome === 'applied' ? 'create' : 'leave'
}

export const subscriptionMissing = (externalSubscriptionId: string) =>
  conflict('unknown_subscription', `Its subscription ${externalSubscriptionId} did not come in.`)
