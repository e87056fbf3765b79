import type { OrganizationScope } from '../../db/index.ts'
import { BillhookError, conflict, notFound } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import type { MeteredPrice, SellablePrice } from './plan.ts'
import { findAnyPrice, findProviderPrice, findSellablePrice, selectMeteredPrices } from './store.ts'

/** By id or key: a price that this organization can buy now, or null. */
export function findPrice(scope: OrganizationScope, { idOrKey }: { idOrKey: string }): Promise<SellablePrice | null> {
  return findSellablePrice(scope, idOrKey)
}

/** Errors: `unknown_price` (404), for another organization's own price just as for none; `metered_price` (422) for one that only comes along. */
export async function getPrice(scope: OrganizationScope, { idOrKey }: { idOrKey: string }): Promise<SellablePrice> {
  const price = await findPrice(scope, { idOrKey })
  if (!price) throw notFound('unknown_price', `There is no price "${idOrKey.slice(0, 100)}" that can be bought.`)
  if (price.isMetered)
    throw new BillhookError(
      'metered_price',
      `Price "${price.key}" bills what is used: it comes with the other prices of its plan.`,
      { status: 422 },
    )
  return price
}

/** The price's id at a provider. Error: `price_not_published` (409), which says what to call. */
export async function getExternalPriceId(
  scope: OrganizationScope,
  price: Pick<SellablePrice, 'id' | 'key' | 'planId'>,
  provider: string,
): Promise<string> {
  const published = await findProviderPrice(scope, price.id, provider)
  if (published) return published.externalPriceId
  throw conflict(
    'price_not_published',
    `Price "${price.key}" is not published at ${provider}: POST /plans/${price.planId}/publish/ with {"provider": "${provider}"} first.`,
  )
}

/**
 * The ids of the metered prices that are sold with a price at a provider; none where it has no such prices. Error: `price_not_published`
 * (409): bought without them, what is used would be billed to nobody.
 */
export async function getMeteredPriceIds(
  scope: OrganizationScope,
  price: SellablePrice,
  { providerName, capabilities }: BasePaymentProvider,
): Promise<Array<{ meterId: string; externalPriceId: string }>> {
  if (!capabilities.meteredPrices) return []
  const ids: Array<{ meterId: string; externalPriceId: string }> = []
  for (const { id, key, meter, archivedAt } of await selectMeteredPrices(scope, price)) {
    if (archivedAt) continue
    const externalPriceId = await getExternalPriceId(scope, { id, key, planId: price.planId }, providerName)
    ids.push({ meterId: meter.id, externalPriceId })
  }
  return ids
}

/**
 * The metered prices of who bought a price then: of a meter whose price was replaced since, the one that was sold. What was added to the
 * plan later counts, too, because nobody would bill it otherwise.
 */
export async function listMeteredPrices(
  scope: OrganizationScope,
  { priceId, boughtAt }: { priceId: string; boughtAt: Date },
): Promise<MeteredPrice[]> {
  const price = await findAnyPrice(scope, priceId)
  const found = await selectMeteredPrices(scope, price)
  return [...Map.groupBy(found, ({ meter }) => meter.id).values()].flatMap((prices) => {
    const sold = prices.findLast(({ createdAt }) => createdAt <= boughtAt)
    return sold ?? prices.find(({ archivedAt }) => archivedAt === null) ?? []
  })
}
