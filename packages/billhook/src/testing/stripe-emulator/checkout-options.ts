import { invalidRequest } from './api-error.ts'
import { demandCoupon } from './coupons.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { CheckoutOrder } from './emulator-state.ts'
import type { FormReader } from './form.ts'

export function isEnabled(params: FormReader, key: string): boolean {
  return params.hash(key)?.boolean('enabled') === true
}

/** One coupon or promotion code at most, and none beside a field for codes. */
export function discountParameter(context: EmulatorContext, params: FormReader): CheckoutOrder['discount'] {
  const discounts = params.hashes('discounts')
  const [first] = discounts
  if (!first) return null
  if (params.boolean('allow_promotion_codes') === true) {
    throw invalidRequest('You may only specify one of these parameters: allow_promotion_codes, discounts.', {
      code: 'parameters_exclusive',
      param: 'discounts',
    })
  }
  if (discounts.length > 1) throw invalidRequest('You may only specify one discount.', { param: 'discounts' })
  const code = first.text('promotion_code')
  const promotion = code === null ? null : demand(context.state.promotionCodes, 'promotion code', code)
  const coupon = demandCoupon(context, promotion?.promotion.coupon ?? first.required('coupon'), first.label('coupon'))
  return { coupon: coupon.id, promotionCode: promotion?.id ?? null }
}

/** What Stripe may keep of what the buyer enters has to be said, for a customer that exists. */
export function checkCustomerUpdate(params: FormReader): void {
  const update = params.hash('customer_update')
  if (update && !params.has('customer'))
    throw invalidRequest('`customer_update` can only be used with `customer`.', { param: 'customer_update' })
  if (!params.has('customer')) return
  if (isEnabled(params, 'tax_id_collection') && update?.text('name') !== 'auto') {
    throw invalidRequest(
      'Tax ID collection requires updating business name on the customer. Please set `customer_update[name]` to `auto`.',
      { param: 'tax_id_collection' },
    )
  }
  if (isEnabled(params, 'automatic_tax') && update?.text('address') !== 'auto' && update?.text('shipping') !== 'auto') {
    throw invalidRequest(
      'Automatic tax calculation in Checkout requires a valid address on the Customer. Set `customer_update[address]` to `auto`.',
      { code: 'customer_tax_location_invalid', param: 'automatic_tax' },
    )
  }
}

export function discountsOf({ discount }: CheckoutOrder) {
  if (!discount) return []
  const { coupon, promotionCode } = discount
  return [promotionCode ? { coupon: null, promotion_code: promotionCode } : { coupon, promotion_code: null }]
}

export function automaticTaxOf({ automaticTax: enabled }: CheckoutOrder) {
  const provider = enabled ? 'stripe' : null
  return { enabled, liability: null, provider, status: enabled ? 'requires_location_inputs' : null }
}

export function checkQuantity(quantity: number | undefined, param: string): void {
  if (quantity === undefined || quantity >= 1) return
  throw invalidRequest('This value must be greater than or equal to 1.', { code: 'parameter_invalid_integer', param })
}

export function checkUrl(params: FormReader, key: string): void {
  if (/^https?:\/\/[^/]/.test(params.required(key))) return
  throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: key })
}
