import type { StripeObject } from './objects.ts'

/** Discounts, disputes and usage: the fields of theirs that the emulator itself reads. */
export interface Dispute extends StripeObject {
  object: 'dispute'
  amount: number
  charge: string
  currency: string
  payment_intent: string
  status: string
}

export interface Coupon extends StripeObject {
  object: 'coupon'
  amount_off: number | null
  currency: string | null
  duration: 'once' | 'repeating' | 'forever'
  duration_in_months: number | null
  max_redemptions: number | null
  percent_off: number | null
  redeem_by: number | null
  times_redeemed: number
}

export interface PromotionCode extends StripeObject {
  object: 'promotion_code'
  active: boolean
  code: string
  promotion: { coupon: string; type: 'coupon' }
}

/** Has no id: the identifier is what it is known by. */
export interface MeterEvent {
  object: 'billing.meter_event'
  created: number
  event_name: string
  identifier: string
  livemode: boolean
  payload: Record<string, string>
  timestamp: number
}
