import type Stripe from 'stripe'
import type { ProviderOperation, PublishCouponInput } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { CouponData } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import type { StripeClient } from './client.ts'
import { toMetadata } from './reference.ts'
import { readWire } from './wire.ts'
import { couponWire } from './wire-money.ts'

type Coupon = PublishCouponInput['coupon']

/** Stripe's limit of `Coupon.name`. */
const longestName = 40

/** Found again by our own id, which is the coupon's id at Stripe, and by the code: a repeat makes nothing twice. */
export async function publishCoupon(
  client: StripeClient,
  { coupon }: PublishCouponInput,
  operation: ProviderOperation<'publish_coupon'>,
): Promise<CouponData> {
  if (!(await hasCoupon(client, coupon))) await createCoupon(client, coupon, operation)
  if (coupon.promotionCode === null) return { externalCouponId: coupon.id, externalPromotionCodeId: null }
  const known = await findPromotionCode(client, coupon)
  return {
    externalCouponId: coupon.id,
    externalPromotionCodeId: known ?? (await createPromotionCode(client, coupon, coupon.promotionCode, operation)),
  }
}

/** Null while a part of it is missing. */
export async function findPublishedCoupon(client: StripeClient, coupon: Coupon): Promise<CouponData | null> {
  if (!(await hasCoupon(client, coupon))) return null
  if (coupon.promotionCode === null) return { externalCouponId: coupon.id, externalPromotionCodeId: null }
  const externalPromotionCodeId = await findPromotionCode(client, coupon)
  return externalPromotionCodeId ? { externalCouponId: coupon.id, externalPromotionCodeId } : null
}

async function createCoupon(client: StripeClient, coupon: Coupon, operation: ProviderOperation): Promise<void> {
  const params: Stripe.CouponCreateParams = {
    id: coupon.id,
    name: coupon.name.slice(0, longestName),
    ...discountOf(coupon),
    duration: coupon.duration,
    ...(coupon.duration === 'repeating' && { duration_in_months: coupon.durationInMonths ?? 1 }),
    ...(coupon.maxRedemptions !== null && { max_redemptions: coupon.maxRedemptions }),
    ...(coupon.expiresAt !== null && { redeem_by: Math.floor(Date.parse(coupon.expiresAt) / 1000) }),
    metadata: toMetadata({ operationId: operation.id }),
  }
  const idempotencyKey = `${operation.idempotencyKey}:coupon`
  try {
    await client.write((stripe) => stripe.coupons.create(params, { idempotencyKey }))
  } catch (error) {
    // Two publishers at the same time: the other one made it.
    const isRefused = error instanceof PaymentProviderError && error.code === 'provider_rejected'
    if (!(isRefused && (await hasCoupon(client, coupon)))) throw error
  }
}

function discountOf(coupon: Coupon): { percent_off: number } | { amount_off: number; currency: string } {
  if (coupon.amountOff === null) return { percent_off: Number(coupon.percentOff) }
  const { amount, currency } = coupon.amountOff
  return { amount_off: toApiAmount(amount, currency), currency: currency.toLowerCase() }
}

/** Throws `provider_rejected` when somebody made a coupon with our id that gives something else. */
async function hasCoupon(client: StripeClient, coupon: Coupon): Promise<boolean> {
  const found = await findCoupon(client, coupon.id)
  if (!found) return false
  const wanted = discountOf(coupon)
  const isOurs =
    found.duration === coupon.duration &&
    (found.duration_in_months ?? null) === (coupon.duration === 'repeating' ? coupon.durationInMonths : null) &&
    ('percent_off' in wanted
      ? found.percent_off === wanted.percent_off
      : found.amount_off === wanted.amount_off && found.currency === wanted.currency)
  if (isOurs) return true
  const detail = `Stripe's coupon ${coupon.id} has our id but gives another discount.`
  throw new PaymentProviderError({ provider: client.provider, code: 'provider_rejected', detail })
}

async function findCoupon(client: StripeClient, id: string) {
  try {
    return await client.read(async (stripe) => readWire(couponWire, await stripe.coupons.retrieve(id), 'coupon'))
  } catch (error) {
    if (error instanceof PaymentProviderError && error.code === 'resource_missing') return null
    throw error
  }
}

function findPromotionCode(client: StripeClient, coupon: Coupon): Promise<string | null> {
  const params = { coupon: coupon.id, code: coupon.promotionCode ?? '', active: true, limit: 1 }
  return client.read(async (stripe) => (await stripe.promotionCodes.list(params)).data[0]?.id ?? null)
}

function createPromotionCode(
  client: StripeClient,
  coupon: Coupon,
  code: string,
  operation: ProviderOperation,
): Promise<string> {
  const params: Stripe.PromotionCodeCreateParams = {
    promotion: { type: 'coupon', coupon: coupon.id },
    code,
    metadata: toMetadata({ operationId: operation.id }),
  }
  const idempotencyKey = `${operation.idempotencyKey}:promotion_code`
  return client.write(async (stripe) => (await stripe.promotionCodes.create(params, { idempotencyKey })).id)
}
