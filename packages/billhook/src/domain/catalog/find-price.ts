import type { OrganizationScope } from '../../db/index.ts'
import { notFound } from '../../primitives/index.ts'
import type { SellablePrice } from './plan.ts'
import { findSellablePrice } from './store.ts'

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
