import type { Context } from '../../context.ts'
import { asPlatform, type OrganizationScope } from '../../db/index.ts'
import { conflict, notFound } from '../../primitives/index.ts'
import type { Coupon } from './coupon.ts'
import { findCoupon } from './store.ts'

/** By id or key, archived ones too. Error: `coupon_not_found` (404). */
export async function getCoupon(ctx: Context, { couponId }: { couponId: string }): Promise<Coupon> {
  const coupon = await asPlatform(ctx.db, (scope) => findCoupon(scope, couponId))
  if (!coupon) throw couponNotFound()
  return coupon
}

const couponNotFound = () => notFound('coupon_not_found', 'There is no such coupon.')

/** Where a coupon is to be used: at this provider, for a price in this currency, now. */
export interface CouponUse {
  idOrKey: string
  provider: string
  currency: string
  now: Date
}

/**
 * A coupon that this organization can be given now, with its id at the provider. Errors: `coupon_not_found` (404), `coupon_not_available`,
 * `coupon_not_published` (409), `currency_mismatch` (409).
 */
export async function getUsableCoupon(
  scope: OrganizationScope,
  { idOrKey, provider, currency, now }: CouponUse,
): Promise<{ couponId: string; externalCouponId: string }> {
  const coupon = await findCoupon(scope, idOrKey)
  if (!coupon) throw couponNotFound()
  if (coupon.archivedAt !== null || (coupon.expiresAt !== null && coupon.expiresAt <= now))
    throw conflict('coupon_not_available', `Coupon "${coupon.key}" is not given any more.`)
  if (coupon.currency !== null && coupon.currency !== currency)
    throw conflict(
      'currency_mismatch',
      `Coupon "${coupon.key}" takes off ${coupon.currency}; the price is in ${currency}.`,
    )
  const published = coupon.providers.find((candidate) => candidate.provider === provider)
  if (!published)
    throw conflict('coupon_not_published', `Coupon "${coupon.key}" is not published at ${provider}; publish it first.`)
  return { couponId: coupon.id, externalCouponId: published.externalCouponId }
}
