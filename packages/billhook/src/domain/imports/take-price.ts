import type { AccountPriceData } from '../../providers/provider.ts'
import type { ImportPriceInput, PriceInterval } from '../catalog/index.ts'
import type { AccountRun } from './account-run.ts'
import { adoptPrice } from './adopt.ts'
import { type LeftOut, leftOut, orLeftOut, refusalOf } from './left-out.ts'
import type { Taken } from './report.ts'

/** The entry in a product's metadata that puts its plan into a product line of its own. */
const productLineKey = 'billhook_product_line'

/** Makes one price of the account ours. */
export async function takePrice(run: AccountRun, price: AccountPriceData): Promise<Taken> {
  const { externalPriceId } = price
  if (run.prices.has(externalPriceId)) return { did: 'leave' }
  const sold = sellable(price)
  const taken = 'left_out' in sold ? sold : await orLeftOut(() => importSold(run, price, sold))
  if ('left_out' in taken) run.refusedPrices.add(externalPriceId)
  return taken
}

async function importSold(run: AccountRun, price: AccountPriceData, sold: Sold): Promise<Taken> {
  const { externalPriceId, externalProductId, currency, intervalCount, taxBehavior, active, product } = price
  const input: ImportPriceInput = {
    provider: run.origin.provider,
    providerKind: run.origin.providerKind,
    externalPriceId,
    externalProductId,
    currency,
    ...sold,
    intervalCount,
    taxBehavior,
    active,
    keys: price.lookupKey ? [price.lookupKey, externalPriceId] : [externalPriceId],
    plan: {
      key: externalProductId,
      per: 'product',
      name: product.name.trim().slice(0, 200) || externalProductId,
      description: product.description,
      active: product.active,
      productLine: product.metadata[productLineKey] ?? 'main',
    },
  }
  const { did, newPlanKey, price: mapped } = await adoptPrice(run.ctx, input, { dryRun: run.isDry })
  if (mapped) run.prices.set(externalPriceId, mapped)
  // In a dry run every price of a new product would be its plan's first one.
  if (newPlanKey && !run.plannedPlans.has(newPlanKey)) {
    run.plannedPlans.add(newPlanKey)
    run.tally.count('plans', newPlanKey, { did: 'create' })
  }
  return { did }
}

interface Sold {
  amount: number
  interval: PriceInterval
}

/** A plan is paid per interval with one amount; what is not is no price of ours. */
function sellable({ amount, interval, metered }: AccountPriceData): Sold | LeftOut {
  if (metered) return leftOut('metered_price', 'It bills usage; it stays an item of the subscriptions that have it.')
  if (interval === null) return leftOut('one_time_price', 'It is paid once, and a plan is paid per interval.')
  if (amount === null)
    return leftOut('unsupported_price', 'It has no single whole amount (tiers, fractions, or chosen by the customer).')
  return { amount, interval }
}

/** Prices that no list shows, made inside a subscription, are asked for by name. */
export async function takeUnlistedPrices(run: AccountRun, externalPriceIds: string[]): Promise<void> {
  for (const id of externalPriceIds) {
    if (run.prices.has(id) || run.refusedPrices.has(id)) continue
    run.tally.count('prices', id, await takeUnlistedPrice(run, id))
  }
}

async function takeUnlistedPrice(run: AccountRun, externalPriceId: string): Promise<Taken> {
  try {
    return await takePrice(run, await run.account.retrievePrice(externalPriceId))
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) throw error
    run.refusedPrices.add(externalPriceId)
    return refusal
  }
}
