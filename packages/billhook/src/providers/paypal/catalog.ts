import { z } from 'zod'
import type { AccountPage, AccountPriceData, PageRequest } from '../account.ts'
import { fromApiAmount } from './amounts.ts'
import type { PayPalClient } from './client.ts'
import { understand } from './errors.ts'
import { pageOf, readPageNumber } from './paging.ts'
import { currencyOf, cycleOf, regularCycle } from './plan-terms.ts'
import { readPage } from './read-page.ts'
import { type PlanWire, planListWire, planWire } from './wire.ts'
import { id, optionalText } from './wire-fields.ts'

/** Plans, the deactivated ones too. The list leaves out what they cost, so each is read. */
export async function listPrices(client: PayPalClient, request: PageRequest): Promise<AccountPage<AccountPriceData>> {
  const page = readPageNumber(client.provider, request)
  const list = await client.call('read', planListWire, (api) => api.listBillingPlans(page))
  const ids = (list.plans ?? []).map((plan) => plan.id)
  const nextCursor = pageOf(page, ids.length, list.links)
  return readPage({ ids, nextCursor }, async (planId) => [await retrievePrice(client, planId)])
}

export async function retrievePrice(client: PayPalClient, externalPriceId: string): Promise<AccountPriceData> {
  const plan = await client.call('read', planWire, (api) => api.getBillingPlan(externalPriceId))
  const product = await readProduct(client, plan.product_id ?? '')
  return understand(client.provider, () => toAccountPrice(plan, product))
}

const productWire = z.object({ id, name: optionalText, description: optionalText })
type ProductWire = z.output<typeof productWire>

const readProduct = (client: PayPalClient, productId: string): Promise<ProductWire> =>
  client.plain('read', productWire, {
    method: 'GET',
    path: `/v1/catalogs/products/${encodeURIComponent(productId)}`,
  })

function toAccountPrice(plan: PlanWire, product: ProductWire): AccountPriceData {
  const regular = regularCycle(plan)
  const currency = currencyOf(plan)
  const fixed = regular.pricing_scheme?.tiers?.length ? null : regular.pricing_scheme?.fixed_price
  const hasTax = plan.taxes !== null && plan.taxes !== undefined && Number(plan.taxes.percentage) > 0
  return {
    externalPriceId: plan.id,
    externalProductId: product.id,
    lookupKey: null,
    currency,
    amount: fixed ? fromApiAmount(fixed.value, currency) : null,
    ...cycleOf(regular),
    metered: false,
    taxBehavior: hasTax && plan.taxes?.inclusive ? 'inclusive' : 'exclusive',
    active: plan.status === 'ACTIVE',
    // A product of PayPal's is a shelf for many plans: what is sold is the plan.
    product: { name: plan.name ?? plan.id, description: product.description, active: true, metadata: {} },
  }
}
