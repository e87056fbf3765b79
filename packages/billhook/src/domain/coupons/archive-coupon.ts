import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import type { Coupon } from './coupon.ts'
import { getCoupon } from './get-coupon.ts'
import { markArchived } from './store.ts'

/** No checkout of ours gives it any more; subscriptions that have it keep it. Repeating it is fine. Error: `coupon_not_found` (404). */
export async function archiveCoupon(ctx: Context, input: { couponId: string }): Promise<Coupon> {
  const { id } = await getCoupon(ctx, input)
  await asPlatform(ctx.db, (scope) => markArchived(scope, id, ctx.clock.now()))
  return getCoupon(ctx, { couponId: id })
}
