import type { Context } from '../../context.ts'
import { asPlatform } from '../../db/index.ts'
import { decodeCursor, type Paged, type PageInput, pageLimit, pageOf } from '../paging.ts'
import type { Coupon } from './coupon.ts'
import { selectCoupons } from './store.ts'

/** What is given now, oldest first; every organization's. */
export async function listCoupons(ctx: Context, input: PageInput): Promise<Paged<Coupon>> {
  const after = decodeCursor(input)
  const rows = await asPlatform(ctx.db, (scope) => selectCoupons(scope, after, pageLimit(input) + 1))
  return pageOf(
    rows,
    input,
    (coupon) => coupon,
    (coupon) => coupon.id,
  )
}
