import type { Metadata } from '../../db/schema/columns.ts'
import { invalid, isActiveCurrency, looksLikeOurId } from '../../primitives/index.ts'

export type CouponDuration = 'once' | 'repeating' | 'forever'

/** A discount that can be given at checkout, as it is shown. */
export interface Coupon {
  id: string
  key: string
  /** Null: for everyone. */
  organizationId: string | null
  name: string
  /** Exactly one of the two. Percent as decimal text: "12.5". */
  percentOff: string | null
  /** Minor units of `currency`. */
  amountOff: number | null
  currency: string | null
  duration: CouponDuration
  durationInMonths: number | null
  /** What a buyer may type; null: only we apply it. */
  promotionCode: string | null
  maxRedemptions: number | null
  expiresAt: Date | null
  archivedAt: Date | null
  /** Where it is published. */
  providers: Array<{ provider: string; externalCouponId: string; externalPromotionCodeId: string | null }>
  metadata: Metadata
  createdAt: Date
}

export type NewCoupon = Pick<Coupon, 'key' | 'name' | 'duration'> &
  Partial<
    Pick<
      Coupon,
      | 'percentOff'
      | 'amountOff'
      | 'currency'
      | 'durationInMonths'
      | 'promotionCode'
      | 'maxRedemptions'
      | 'expiresAt'
      | 'metadata'
    >
  > & {
    /** Given to this organization alone. */
    organizationId?: string | null | undefined
  }

const keyShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/
const codeShape = /^[A-Za-z0-9-]{3,50}$/
const wrong = (what: string) => invalid('invalid_coupon', what)
const isCount = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

/** "12.50" is "12.5". Error: `invalid_coupon` for what is no percentage above 0 and at most 100 with two decimals. */
export function normalPercent(text: string): string {
  const percent = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN
  if (percent > 0 && percent <= 100) return String(percent)
  throw wrong('percent_off is above 0 and at most 100, with at most two decimals.')
}

/** Errors: `invalid_key`, `invalid_coupon`, `unknown_currency` (400). */
export function checkCoupon(coupon: NewCoupon): void {
  if (!keyShape.test(coupon.key) || looksLikeOurId(coupon.key))
    throw invalid(
      'invalid_key',
      `"${coupon.key}" is no key: letters, digits, dots, dashes and underscores, at most 100.`,
    )
  if (coupon.name.trim() === '' || coupon.name.length > 40) throw wrong('name is 1 to 40 characters.')
  checkWorth(coupon)
  const { duration, durationInMonths = null, promotionCode = null, maxRedemptions = null } = coupon
  if ((duration === 'repeating') !== (durationInMonths !== null))
    throw wrong('duration_in_months goes with the duration "repeating", and only with it.')
  if (durationInMonths !== null && !isCount(durationInMonths, 36)) throw wrong('duration_in_months is 1 to 36.')
  if (promotionCode !== null && !codeShape.test(promotionCode))
    throw wrong('promotion_code is 3 to 50 letters, digits and dashes.')
  if (maxRedemptions !== null && !isCount(maxRedemptions, 1_000_000_000))
    throw wrong('max_redemptions is a whole number above zero.')
}

function checkWorth({ percentOff = null, amountOff = null, currency = null }: NewCoupon): void {
  if ((percentOff === null) === (amountOff === null)) throw wrong('Give either percent_off or amount_off.')
  if (percentOff !== null) normalPercent(percentOff)
  if ((amountOff === null) !== (currency === null)) throw wrong('currency goes with amount_off, and only with it.')
  if (amountOff !== null && !(Number.isSafeInteger(amountOff) && amountOff > 0))
    throw wrong('amount_off is a whole number of minor units above zero.')
  if (currency !== null && !isActiveCurrency(currency))
    throw invalid('unknown_currency', `"${currency}" is no active ISO 4217 currency code in upper case.`)
}
