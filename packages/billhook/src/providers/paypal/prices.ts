import type * as Sdk from '@paypal/paypal-server-sdk'
import { errorMessage } from '../../primitives/index.ts'
import type { ProviderOperation, PublishPriceInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { PriceData } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import { type PayPalClient, requestId } from './client.ts'
import { understand } from './errors.ts'
import { pageOf, readPageNumber } from './paging.ts'
import { currencyOf, cycleOf, regularCycle, termsOf, trialCycles } from './plan-terms.ts'
import { knownProduct, productOf } from './products.ts'
import { type PlanWire, planListWire, planWire } from './wire.ts'

/**
 * A price is a plan of PayPal's, found again by our price's id in its description: PayPal has no other field for it. So a repeat, even
 * long after PayPal forgot the request id, makes nothing twice.
 */
export async function publishPrice(
  client: PayPalClient,
  input: PublishPriceInput,
  { idempotencyKey }: ProviderOperation<'publish_price'>,
): Promise<PriceData> {
  if (input.price.metered) {
    const detail = 'PayPal has no prices that bill usage.'
    throw new PaymentProviderError({ provider: client.provider, code: 'unsupported', detail })
  }
  const value = amountOf(client.provider, input)
  const product = await productOf(client, input, idempotencyKey)
  const published = await findPublishedPrice(client, input)
  if (published) return published
  const plan = await client.call('write', planWire, (api, sdk) =>
    api.createBillingPlan({
      prefer: 'return=representation',
      paypalRequestId: requestId(idempotencyKey, 'plan'),
      body: planRequest(sdk, client, input, { product, value }),
    }),
  )
  return { externalPriceId: plan.id, externalProductId: plan.product_id ?? product }
}

function planRequest(
  sdk: typeof Sdk,
  { settings }: PayPalClient,
  { plan, price }: PublishPriceInput,
  { product, value }: { product: string; value: string },
): Sdk.PlanRequest {
  const units = { day: 'Day', week: 'Week', month: 'Month', year: 'Year' } as const
  return {
    productId: product,
    name: `${plan.name} (${price.key})`.slice(0, 127),
    description: price.id,
    status: sdk.PlanRequestStatus.Active,
    billingCycles: [
      {
        tenureType: sdk.TenureType.Regular,
        sequence: 1,
        // 0 goes on for ever; left out it would be one single cycle.
        totalCycles: 0,
        frequency: { intervalUnit: sdk.IntervalUnit[units[price.interval]], intervalCount: price.intervalCount },
        pricingScheme: { fixedPrice: { currencyCode: price.currency, value } },
      },
    ],
    paymentPreferences: {
      autoBillOutstanding: true,
      // Left out PayPal would never stop, however often the money fails.
      paymentFailureThreshold: settings.paymentFailureThreshold,
    },
    // Left out, PayPal takes a tax to be part of the price.
    taxes: { percentage: settings.taxPercentage, inclusive: false },
    quantitySupported: true,
  }
}

/** Null when it is not there yet. Throws `provider_rejected` when somebody made it another price than ours. */
export async function findPublishedPrice(client: PayPalClient, input: PublishPriceInput): Promise<PriceData | null> {
  const { price } = input
  const id = await findPlanId(client, knownProduct(input), price.id)
  if (!id) return null
  const plan = await client.call('read', planWire, (api) => api.getBillingPlan(id))
  if (understand(client.provider, () => isOurs(plan, input))) {
    return { externalPriceId: plan.id, externalProductId: plan.product_id ?? knownProduct(input) }
  }
  const detail = `PayPal's plan ${plan.id} has our price's id ${price.id} but another amount, currency or interval.`
  throw new PaymentProviderError({ provider: client.provider, code: 'provider_rejected', detail })
}

async function findPlanId(client: PayPalClient, productId: string, priceId: string): Promise<string | null> {
  let cursor: string | null = null
  do {
    const page = readPageNumber(client.provider, { cursor })
    const list = await client.call('read', planListWire, (api) => api.listBillingPlans({ productId, ...page }))
    const plans = list.plans ?? []
    const found = plans.find(({ description }) => description === priceId)
    if (found) return found.id
    cursor = pageOf(page, plans.length, list.links)
  } while (cursor)
  return null
}

function isOurs(plan: PlanWire, { price }: PublishPriceInput): boolean {
  const regular = regularCycle(plan)
  const { interval, intervalCount } = cycleOf(regular)
  return (
    currencyOf(plan) === price.currency &&
    termsOf(plan, plan.id, 1).amount === price.amount &&
    interval === price.interval &&
    intervalCount === price.intervalCount &&
    regular.total_cycles === 0 &&
    trialCycles(plan).length === 0
  )
}

function amountOf(provider: string, { price }: PublishPriceInput): string {
  try {
    return toApiAmount(price.amount, price.currency)
  } catch (cause) {
    throw new PaymentProviderError({ provider, code: 'unsupported_currency', detail: errorMessage(cause), cause })
  }
}
