import { invalidRequest, missingParameter } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Coupon, PromotionCode } from './objects.ts'
import type { Route } from './route.ts'

const longestName = 40

function createCoupon(context: EmulatorContext, params: FormReader): Coupon {
  const { state, clock } = context
  const id = params.text('id') ?? context.newId('coupon')
  if (state.coupons.has(id)) {
    throw invalidRequest(`Coupon already exists.`, { code: 'resource_already_exists', param: 'id' })
  }
  const duration = params.oneOf('duration', ['once', 'repeating', 'forever'] as const) ?? 'once'
  const months = params.integer('duration_in_months')
  if (duration === 'repeating' && months === null) throw missingParameter('duration_in_months')
  if (duration !== 'repeating' && months !== null) {
    throw invalidRequest('You may only pass duration_in_months when duration is repeating.', {
      param: 'duration_in_months',
    })
  }
  const name = params.text('name')
  if ((name ?? '').length > longestName)
    throw invalidRequest(`Invalid string: at most ${longestName} characters`, { param: 'name' })
  const redeemBy = params.integer('redeem_by')
  if (redeemBy !== null && redeemBy <= clock.seconds())
    throw invalidRequest('`redeem_by` must be a future timestamp.', { param: 'redeem_by' })
  const coupon: Coupon = {
    ...{ id, object: 'coupon', created: clock.seconds(), ...discountParameters(params), duration },
    ...{ duration_in_months: months, livemode: false, max_redemptions: params.integer('max_redemptions') },
    ...{ metadata: params.metadata(), name, redeem_by: redeemBy, times_redeemed: 0, valid: true },
  }
  state.coupons.set(id, coupon)
  context.emit('coupon.created', coupon)
  return coupon
}

function discountParameters(params: FormReader): Pick<Coupon, 'amount_off' | 'percent_off' | 'currency'> {
  const amount = params.integer('amount_off')
  const percent = params.text('percent_off')
  if ((amount === null) === (percent === null)) {
    throw invalidRequest('You must pass either `percent_off` or `amount_off`.', { param: 'percent_off' })
  }
  if (amount !== null) return { amount_off: amount, percent_off: null, currency: params.required('currency') }
  const value = Number(percent)
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(percent ?? '') || value <= 0 || value > 100)
    throw invalidRequest('Invalid percent_off: must be above 0 and at most 100.', { param: 'percent_off' })
  return { amount_off: null, percent_off: value, currency: null }
}

/** A coupon that can be redeemed now. */
export function demandCoupon(context: EmulatorContext, id: string, param: string): Coupon {
  const coupon = demand(context.state.coupons, 'coupon', id, param, 'parameter')
  const isUsedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions
  const isOver = coupon.redeem_by !== null && coupon.redeem_by <= context.clock.seconds()
  if (isUsedUp || isOver) throw invalidRequest(`Coupon expired: ${id}`, { code: 'coupon_expired', param })
  return coupon
}

function createPromotionCode(context: EmulatorContext, params: FormReader): PromotionCode {
  const { state, clock } = context
  const promotion = params.hash('promotion')
  if (promotion?.oneOf('type', ['coupon'] as const) == null) throw missingParameter('promotion')
  const coupon = demandCoupon(context, promotion.required('coupon'), 'promotion[coupon]')
  const code = params.text('code') ?? context.newId('CODE').toUpperCase()
  const taken = [...state.promotionCodes.values()].some((known) => known.active && known.code === code)
  if (taken) throw invalidRequest('An active promotion code with this code already exists.', { param: 'code' })
  const promotionCode: PromotionCode = {
    ...{ id: context.newId('promo'), object: 'promotion_code', active: true, code, created: clock.seconds() },
    ...{ customer: null, customer_account: null, expires_at: params.integer('expires_at'), livemode: false },
    ...{ max_redemptions: params.integer('max_redemptions'), metadata: params.metadata() },
    promotion: { coupon: coupon.id, type: 'coupon' },
    restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
    times_redeemed: 0,
  }
  state.promotionCodes.set(promotionCode.id, promotionCode)
  context.emit('promotion_code.created', promotionCode)
  return promotionCode
}

function listPromotionCodes(context: EmulatorContext, params: FormReader): PromotionCode[] {
  const [coupon, code, active] = [params.text('coupon'), params.text('code'), params.boolean('active')]
  return [...context.state.promotionCodes.values()].filter(
    (known) =>
      (coupon === null || known.promotion.coupon === coupon) &&
      (code === null || known.code === code) &&
      (active === null || known.active === active),
  )
}

export const couponRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/coupons',
    allowed: [
      ...['amount_off', 'applies_to.products.#', 'currency', 'duration', 'duration_in_months', 'id', 'max_redemptions'],
      ...['metadata', 'metadata.*', 'name', 'percent_off', 'redeem_by'],
    ],
    answer: createCoupon,
  },
  {
    method: 'GET',
    path: '/v1/coupons/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.coupons, 'coupon', id),
  },
  {
    method: 'POST',
    path: '/v1/promotion_codes',
    allowed: [
      ...['active', 'code', 'customer', 'expires_at', 'max_redemptions', 'metadata', 'metadata.*'],
      ...['promotion.type', 'promotion.coupon', 'restrictions.*'],
    ],
    answer: createPromotionCode,
  },
  {
    method: 'GET',
    path: '/v1/promotion_codes',
    allowed: [...listParameters, 'active', 'code', 'coupon', 'customer'],
    answer: (context, params) => ({ ...pageOf(listPromotionCodes(context, params), params, '/v1/promotion_codes') }),
  },
]
