import Stripe from 'stripe'
import type { z } from 'zod'
import { canonicalDecimal, errorMessage } from '../../primitives/index.ts'
import type { ProviderOperation, PublishPriceInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { PriceData } from '../snapshots.ts'
import { toApiAmount, toApiDecimal } from './amounts.ts'
import type { StripeClient } from './client.ts'
import { publishMeter } from './meters.ts'
import { toMetadata } from './reference.ts'
import { priceWire, readWire } from './wire.ts'

/**
 * Found again by our own ids: the plan's id is the product's id, the price's id its `lookup_key`. So a repeat, even long after Stripe
 * forgot the idempotency key, makes nothing twice.
 */
export async function publishPrice(
  client: StripeClient,
  input: PublishPriceInput,
  operation: ProviderOperation<'publish_price'>,
): Promise<PriceData> {
  const terms = termsOf(client.provider, input)
  const published = await findPublishedPrice(client, input)
  if (published) return published
  const product = input.plan.externalProductId ?? (await publishProduct(client, input, operation))
  const params: Stripe.PriceCreateParams = {
    product,
    currency: input.price.currency.toLowerCase(),
    ...('unit_amount' in terms ? terms : { unit_amount_decimal: Stripe.Decimal.from(terms.unit_amount_decimal) }),
    recurring: {
      interval: input.price.interval,
      interval_count: input.price.intervalCount,
      ...(input.price.metered && {
        usage_type: 'metered',
        meter: await publishMeter(client, input.price.metered, operation),
      }),
    },
    lookup_key: input.price.id,
    // An archived price keeps its key; this one takes it over.
    transfer_lookup_key: true,
    nickname: input.price.key,
    metadata: toMetadata({ operationId: operation.id }),
  }
  const idempotencyKey = `${operation.idempotencyKey}:price`
  return client.write(async (stripe) => toPriceData(await stripe.prices.create(params, { idempotencyKey })))
}

/** Null when it is not there yet. Throws `provider_rejected` when somebody made it another price than ours. */
export function findPublishedPrice(client: StripeClient, input: PublishPriceInput): Promise<PriceData | null> {
  const { price } = input
  const terms = termsOf(client.provider, input)
  return client.read(async (stripe) => {
    const { data } = await stripe.prices.list({ lookup_keys: [price.id], active: true, limit: 1 })
    if (!data[0]) return null
    const found = readWire(priceWire, data[0], 'price')
    const isOurs =
      found.currency === price.currency.toLowerCase() &&
      hasTerms(found, terms) &&
      found.recurring?.interval === price.interval &&
      found.recurring.interval_count === price.intervalCount
    if (isOurs) return { externalPriceId: found.id, externalProductId: found.product }
    const detail = `Stripe's price ${found.id} has our lookup key ${price.id} but another amount, currency or interval.`
    throw new PaymentProviderError({ provider: client.provider, code: 'provider_rejected', detail })
  })
}

async function publishProduct(
  client: StripeClient,
  { plan }: PublishPriceInput,
  operation: ProviderOperation,
): Promise<string> {
  if (await hasProduct(client, plan.id)) return plan.id
  const params: Stripe.ProductCreateParams = {
    id: plan.id,
    name: plan.name,
    metadata: toMetadata({ operationId: operation.id }),
    ...(plan.description && { description: plan.description }),
  }
  try {
    const idempotencyKey = `${operation.idempotencyKey}:product`
    return await client.write(async (stripe) => (await stripe.products.create(params, { idempotencyKey })).id)
  } catch (error) {
    // Two prices of one plan can be published at the same time.
    if (error instanceof PaymentProviderError && error.outcome === 'failed' && (await hasProduct(client, plan.id)))
      return plan.id
    throw error
  }
}

async function hasProduct(client: StripeClient, id: string): Promise<boolean> {
  try {
    return await client.read(async (stripe) => !('deleted' in (await stripe.products.retrieve(id))))
  } catch (error) {
    if (error instanceof PaymentProviderError && error.code === 'resource_missing') return false
    throw error
  }
}

function toPriceData(value: unknown): PriceData {
  const { id, product } = readWire(priceWire, value, 'price')
  return { externalPriceId: id, externalProductId: product }
}

type Terms = { unit_amount: number } | { unit_amount_decimal: string }

const hasTerms = (found: z.output<typeof priceWire>, terms: Terms): boolean =>
  'unit_amount' in terms
    ? found.unit_amount === terms.unit_amount && found.recurring?.usage_type !== 'metered'
    : canonicalDecimal(found.unit_amount_decimal ?? '') === terms.unit_amount_decimal &&
      found.recurring?.usage_type === 'metered'

function termsOf(provider: string, { price }: PublishPriceInput): Terms {
  try {
    if (price.metered) return { unit_amount_decimal: toApiDecimal(price.metered.unitAmountDecimal, price.currency) }
    return { unit_amount: toApiAmount(price.amount, price.currency) }
  } catch (cause) {
    throw new PaymentProviderError({ provider, code: 'unsupported_currency', detail: errorMessage(cause), cause })
  }
}
