import type { OrganizationScope } from '../../db/index.ts'
import { conflict, notFound } from '../../primitives/index.ts'
import type { SellablePrice } from './plan.ts'
import { findProviderPrice, findSellablePrice } from './store.ts'

/** By id or key: a price that this organization can buy now, or null. */
export function findPrice(scope: OrganizationScope, { idOrKey }: { idOrKey: string }): Promise<SellablePrice | null> {
  return findSellablePrice(scope, idOrKey)
}

/** Errors: `unknown_price` (404), for another organization's own price just as for none. */
export async function getPrice(scope: OrganizationScope, { idOrKey }: { idOrKey: string }): Promise<SellablePrice> {
  const price = await findPrice(scope, { idOrKey })
  if (!price) throw notFound('unknown_price', `There is no price "${idOrKey.slice(0, 100)}" that can be bought.`)
  return price
}

/** The price's id at a provider. Error: `price_not_published` (409), which says what to call. */
export async function getExternalPriceId(
  scope: OrganizationScope,
  price: SellablePrice,
  provider: string,
): Promise<string> {
  const published = await findProviderPrice(scope, price.id, provider)
  if (published) return published.externalPriceId
  throw conflict(
    'price_not_published',
    `Price "${price.key}" is not published at ${provider}: POST /plans/${price.planId}/publish/ with {"provider": "${provider}"} first.`,
  )
}
