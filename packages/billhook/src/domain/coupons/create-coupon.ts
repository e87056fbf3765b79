import type { Context } from '../../context.ts'
import { asPlatform, isUniqueViolation } from '../../db/index.ts'
import { conflict } from '../../primitives/index.ts'
import { checkMetadata, getOrganization } from '../organizations/index.ts'
import { type Coupon, checkCoupon, type NewCoupon, normalPercent } from './coupon.ts'
import { insertCoupon } from './store.ts'

/** Errors: `coupon_exists`, `promotion_code_exists` (409), `organization_not_found` (404); 400 for a field that is wrong. */
export async function createCoupon(ctx: Context, input: NewCoupon): Promise<Coupon> {
  checkCoupon(input)
  if (input.metadata) checkMetadata(input.metadata)
  const owner = input.organizationId ? await getOrganization(ctx, { organizationId: input.organizationId }) : null
  const coupon = {
    id: ctx.ids.next('coupon'),
    key: input.key,
    organizationId: owner?.id ?? null,
    name: input.name,
    percentOff: input.percentOff ? normalPercent(input.percentOff) : null,
    amountOff: input.amountOff ?? null,
    currency: input.currency ?? null,
    duration: input.duration,
    durationInMonths: input.durationInMonths ?? null,
    promotionCode: input.promotionCode ?? null,
    maxRedemptions: input.maxRedemptions ?? null,
    expiresAt: input.expiresAt ?? null,
    archivedAt: null,
    metadata: input.metadata ?? {},
    createdAt: ctx.clock.now(),
  }
  try {
    await asPlatform(ctx.db, (scope) => insertCoupon(scope, coupon))
  } catch (error) {
    if (isUniqueViolation(error, 'coupons_key_once'))
      throw conflict('coupon_exists', 'There is a coupon with this key already.')
    if (isUniqueViolation(error, 'coupons_promotion_code_once'))
      throw conflict('promotion_code_exists', 'Another coupon has this promotion code.')
    throw error
  }
  return { ...coupon, providers: [] }
}
