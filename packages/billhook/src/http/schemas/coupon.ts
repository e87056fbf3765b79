import { z } from '@hono/zod-openapi'
import type { Coupon } from '../../domain/coupons/index.ts'
import { currency, instant, iso, isoOrNull, metadata } from './common.ts'

const duration = z.enum(['once', 'repeating', 'forever'])

export const newCoupon = z
  .strictObject({
    key: z.string().min(1).max(100),
    name: z.string().min(1).max(40).openapi({ description: 'Shown to buyers' }),
    percent_off: z
      .string()
      .max(6)
      .optional()
      .openapi({ description: 'Decimal text with at most two decimals; either this or amount_off', example: '12.5' }),
    amount_off: z.int().min(1).optional().openapi({ description: 'Minor units of currency' }),
    currency: currency.optional(),
    duration,
    duration_in_months: z.int().min(1).max(36).optional().openapi({ description: 'For the duration repeating' }),
    promotion_code: z.string().max(50).optional().openapi({ description: 'What a buyer may type' }),
    max_redemptions: z.int().min(1).optional(),
    expires_at: instant.optional(),
    organization_id: z.string().max(200).optional().openapi({ description: 'Given to this organization alone' }),
    metadata: metadata.optional(),
  })
  .openapi('NewCoupon')

export const couponSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    organization_id: z.string().nullable(),
    name: z.string(),
    percent_off: z.string().nullable(),
    amount_off: z.int().nullable(),
    currency: z.string().nullable(),
    duration,
    duration_in_months: z.int().nullable(),
    promotion_code: z.string().nullable(),
    max_redemptions: z.int().nullable(),
    expires_at: instant.nullable(),
    archived_at: instant.nullable(),
    providers: z.array(
      z.object({
        provider: z.string(),
        external_coupon_id: z.string(),
        external_promotion_code_id: z.string().nullable(),
      }),
    ),
    metadata,
    created_at: instant,
  })
  .openapi('Coupon')

export const couponJson = (coupon: Coupon): z.infer<typeof couponSchema> => ({
  id: coupon.id,
  key: coupon.key,
  organization_id: coupon.organizationId,
  name: coupon.name,
  percent_off: coupon.percentOff,
  amount_off: coupon.amountOff,
  currency: coupon.currency,
  duration: coupon.duration,
  duration_in_months: coupon.durationInMonths,
  promotion_code: coupon.promotionCode,
  max_redemptions: coupon.maxRedemptions,
  expires_at: isoOrNull(coupon.expiresAt),
  archived_at: isoOrNull(coupon.archivedAt),
  providers: coupon.providers.map(({ provider, externalCouponId, externalPromotionCodeId }) => ({
    provider,
    external_coupon_id: externalCouponId,
    external_promotion_code_id: externalPromotionCodeId,
  })),
  metadata: coupon.metadata,
  created_at: iso(coupon.createdAt),
})
