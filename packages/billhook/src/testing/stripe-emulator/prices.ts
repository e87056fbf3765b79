import type { Interval } from '../emulator/clock.ts'
import { invalidRequest, missingParameter } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Price } from './objects.ts'
import { createProduct } from './products.ts'
import type { Route } from './route.ts'

const priceUpdateFields = [
  'active',
  'lookup_key',
  'metadata',
  'metadata.*',
  'nickname',
  'tax_behavior',
  'transfer_lookup_key',
]
const intervals: readonly Interval[] = ['day', 'week', 'month', 'year']

function recurringOf({ state }: EmulatorContext, params: FormReader): Price['recurring'] {
  const given = params.hash('recurring')
  if (!given) return null
  const interval = given.oneOf('interval', intervals)
  if (interval === null) throw missingParameter('recurring[interval]')
  const usageType = given.oneOf('usage_type', ['licensed', 'metered'] as const) ?? 'licensed'
  const meter = given.text('meter')
  if (usageType === 'metered' && meter === null) {
    throw invalidRequest('Metered prices must be backed by a meter.', { param: 'recurring[meter]' })
  }
  if (meter !== null) demand(state.meters, 'meter', meter, 'recurring[meter]', 'parameter')
  return {
    interval,
    interval_count: given.integer('interval_count') ?? 1,
    meter,
    trial_period_days: null,
    usage_type: usageType,
  }
}

function amountsOf(params: FormReader): { unit_amount: number | null; unit_amount_decimal: string } {
  const whole = params.integer('unit_amount')
  const decimal = params.text('unit_amount_decimal')
  if (whole !== null && decimal !== null) {
    throw invalidRequest('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', {
      code: 'parameters_exclusive',
      param: 'unit_amount',
    })
  }
  if (whole !== null) return { unit_amount: whole, unit_amount_decimal: String(whole) }
  if (decimal === null) throw missingParameter('unit_amount')
  if (!/^\d+(\.\d{1,12})?$/.test(decimal)) {
    throw invalidRequest(`Invalid decimal: ${decimal}`, { param: 'unit_amount_decimal' })
  }
  return { unit_amount: decimal.includes('.') ? null : Number(decimal), unit_amount_decimal: decimal }
}

/** A lookup key names one price; moving it takes `transfer_lookup_key`. */
function claimLookupKey(
  context: EmulatorContext,
  params: FormReader,
  key: string | null,
  priceId: string | null,
): void {
  if (key === null) return
  const holder = [...context.state.prices.values()].find((price) => price.lookup_key === key && price.id !== priceId)
  if (!holder) return
  if (params.boolean('transfer_lookup_key') !== true) {
    throw invalidRequest(`A price (\`${holder.id}\`) already uses that lookup key.`, { param: 'lookup_key' })
  }
  holder.lookup_key = null
}

function createPrice(context: EmulatorContext, params: FormReader): Price {
  const { state, clock } = context
  const productData = params.hash('product_data')
  const currency = params.required('currency').toLowerCase()
  const amounts = amountsOf(params)
  const recurring = recurringOf(context, params)
  const productId = productData ? null : params.required('product')
  if (productId !== null) demand(state.products, 'product', productId, 'product', 'parameter')
  const lookupKey = params.text('lookup_key')
  claimLookupKey(context, params, lookupKey, null)
  const price: Price = {
    id: context.newId('price'),
    object: 'price',
    active: params.boolean('active') ?? true,
    billing_scheme: 'per_unit',
    created: clock.seconds(),
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: lookupKey,
    metadata: params.metadata(),
    nickname: params.text('nickname'),
    product: productId ?? (productData ? createProduct(context, productData).id : ''),
    recurring,
    tax_behavior: params.text('tax_behavior') ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    ...amounts,
  }
  state.prices.set(price.id, price)
  return price
}

function updatePrice(context: EmulatorContext, params: FormReader, id: string): Price {
  const price = demand(context.state.prices, 'price', id)
  price.active = params.boolean('active') ?? price.active
  if (params.has('nickname')) price.nickname = params.text('nickname')
  if (params.has('lookup_key')) {
    claimLookupKey(context, params, params.text('lookup_key'), id)
    price.lookup_key = params.text('lookup_key')
  }
  price.metadata = params.metadata(price.metadata)
  return price
}

function listPrices(context: EmulatorContext, params: FormReader): Price[] {
  const keys = params.texts('lookup_keys')
  const product = params.text('product')
  const active = params.boolean('active')
  const [currency, type] = [params.text('currency'), params.text('type')]
  return [...context.state.prices.values()].filter(
    (price) =>
      (keys.length === 0 || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
      (product === null || price.product === product) &&
      (active === null || price.active === active) &&
      (currency === null || price.currency === currency) &&
      (type === null || price.type === type),
  )
}

export const priceRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/prices',
    allowed: [
      ...[
        'currency',
        'product',
        'product_data.id',
        'product_data.name',
        'product_data.metadata.*',
        'product_data.active',
      ],
      ...['product_data.tax_code', 'product_data.unit_label', 'billing_scheme', 'unit_amount', 'unit_amount_decimal'],
      ...['recurring.interval', 'recurring.interval_count', 'recurring.usage_type', 'recurring.meter'],
      ...priceUpdateFields,
    ],
    answer: createPrice,
  },
  {
    method: 'GET',
    path: '/v1/prices',
    allowed: [...listParameters, 'active', 'currency', 'lookup_keys.#', 'product', 'recurring.*', 'type'],
    answer: (context, params) => ({ ...pageOf(listPrices(context, params), params, '/v1/prices') }),
  },
  {
    method: 'GET',
    path: '/v1/prices/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.prices, 'price', id),
  },
  {
    method: 'POST',
    path: '/v1/prices/:id',
    allowed: priceUpdateFields,
    answer: (context, params, { id = '' }) => updatePrice(context, params, id),
  },
]
