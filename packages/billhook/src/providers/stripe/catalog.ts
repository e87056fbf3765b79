import { z } from 'zod'
import type { AccountPage, AccountPriceData, PageRequest } from '../account.ts'
import { fromApiAmount, fromApiCurrency } from './amounts.ts'
import type { StripeClient } from './client.ts'
import { UnreadableObject } from './errors.ts'
import { listParams, readPage } from './read-page.ts'
import { readWire } from './wire.ts'

/**
 * Active prices first, then archived ones: by its reference Stripe lists only the active ones unless told otherwise
 * (docs.stripe.com/api/prices/list). The cursor says which of the two lists it belongs to.
 */
export async function listPrices(client: StripeClient, request: PageRequest): Promise<AccountPage<AccountPriceData>> {
  const [list, after] = request.cursor?.split(':', 2) ?? ['active', '']
  const active = list === 'active'
  const params = { ...listParams({ ...request, cursor: after || null }), active, expand: ['data.product'] }
  const page = await readPage(await client.read((stripe) => stripe.prices.list(params)), async (price) =>
    toAccountPrice(price),
  )
  const next = page.nextCursor ? `${list}:${page.nextCursor}` : active ? 'archived:' : null
  return { ...page, nextCursor: next }
}

/** Also of a price that was made inside a subscription, which no list shows. */
export const retrievePrice = (client: StripeClient, externalPriceId: string): Promise<AccountPriceData> =>
  client.read(async (stripe) => toAccountPrice(await stripe.prices.retrieve(externalPriceId, { expand: ['product'] })))

const metadata = z.record(z.string(), z.string()).nullish()
const listedPrice = z.object({
  id: z.string(),
  active: z.boolean(),
  currency: z.string(),
  unit_amount: z.int().nullish(),
  custom_unit_amount: z.unknown(),
  billing_scheme: z.string().nullish(),
  lookup_key: z.string().nullish(),
  tax_behavior: z.string().nullish(),
  transform_quantity: z.unknown(),
  recurring: z
    .object({
      interval: z.enum(['day', 'week', 'month', 'year']),
      interval_count: z.int(),
      usage_type: z.string().nullish(),
    })
    .nullish(),
  product: z.object({
    id: z.string(),
    deleted: z.boolean().nullish(),
    active: z.boolean().nullish(),
    name: z.string().nullish(),
    description: z.string().nullish(),
    metadata,
  }),
})

function toAccountPrice(value: unknown): AccountPriceData {
  const wire = readWire(listedPrice, value, 'price')
  const currency = fromApiCurrency(wire.currency)
  const isWhole = wire.billing_scheme !== 'tiered' && !wire.custom_unit_amount && !wire.transform_quantity
  const isThere = wire.product.deleted !== true && wire.product.active !== false
  return {
    externalPriceId: wire.id,
    externalProductId: wire.product.id,
    lookupKey: wire.lookup_key ?? null,
    currency,
    amount: isWhole && typeof wire.unit_amount === 'number' ? amountOf(wire.unit_amount, currency) : null,
    interval: wire.recurring?.interval ?? null,
    intervalCount: wire.recurring?.interval_count ?? 1,
    metered: wire.recurring?.usage_type === 'metered',
    taxBehavior: wire.tax_behavior === 'inclusive' ? 'inclusive' : 'exclusive',
    active: wire.active && isThere,
    product: {
      name: wire.product.name ?? wire.product.id,
      description: wire.product.description ?? null,
      active: isThere,
      metadata: wire.product.metadata ?? {},
    },
  }
}

function amountOf(amount: number, currency: string): number {
  try {
    return fromApiAmount(amount, currency)
  } catch (error) {
    if (error instanceof UnreadableObject) throw error
    throw new UnreadableObject(`${currency} is no currency that is known here.`)
  }
}
