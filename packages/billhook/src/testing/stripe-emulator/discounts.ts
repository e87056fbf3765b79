import { secondsAfter } from '../emulator/clock.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Coupon, Subscription } from './objects.ts'

/** A coupon at work on a subscription. */
export interface HeldDiscount {
  id: string
  coupon: Coupon
  promotionCode: string | null
  /** Null: for ever, or until it was used once. */
  endsAt: number | null
}

/** Takes one redemption and ties the discount to the subscription. */
export function grantDiscount(
  context: EmulatorContext,
  subscription: Subscription,
  couponId: string,
  promotionCode: string | null,
): void {
  const coupon = context.state.coupons.get(couponId)
  if (!coupon) return
  const months = coupon.duration === 'repeating' ? coupon.duration_in_months : null
  const endsAt = months === null ? null : secondsAfter(context.clock.seconds(), `P${months}M`)
  const held = { id: context.newId('di'), coupon, promotionCode, endsAt }
  coupon.times_redeemed += 1
  context.state.discounts.set(subscription.id, held)
  subscription.discounts = [held.id]
}

/** The discount that the next bill gets; null when there is none any more. */
export function discountOf(context: EmulatorContext, subscription: Subscription): HeldDiscount | null {
  const held = context.state.discounts.get(subscription.id) ?? null
  return held && (held.endsAt === null || held.endsAt > context.clock.seconds()) ? held : null
}

/** What is left of a price under the present discount: 1 without one. */
export function discountShare(context: EmulatorContext, subscription: Subscription): number {
  const percent = discountOf(context, subscription)?.coupon.percent_off ?? 0
  return 1 - percent / 100
}

/** Called when a bill got it: one that applies once is gone. */
export function useDiscount(context: EmulatorContext, subscription: Subscription): void {
  if (context.state.discounts.get(subscription.id)?.coupon.duration !== 'once') return
  context.state.discounts.delete(subscription.id)
  subscription.discounts = []
}
