import { addDuration, type Money, money, multiplyByRatio } from '../../primitives/index.ts'
import type { ProviderOperation, PublishCouponInput } from '../operation.ts'
import type { StateStore } from '../provider.ts'
import type { CouponData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { newId, type SandboxSubscription } from './objects.ts'
import type { Draft } from './state.ts'

export interface SandboxCoupon {
  object: 'coupon'
  id: string
  name: string
  /** Hundredths of a percent; null: it takes off an amount. */
  basis_points: number | null
  amount_off: number | null
  currency: string | null
  duration: 'once' | 'repeating' | 'forever'
  duration_in_months: number | null
  promotion_code_id: string | null
  promotion_code: string | null
  max_redemptions: number | null
  redemptions: number
  expires_at: string | null
}

/** A coupon at work on a subscription. */
export interface SandboxDiscount {
  coupon: string
  /** Null: it ends with the first bill that it makes cheaper, or never. */
  ends_at: string | null
}

const promotionKey = (code: string) => `promotion/${code.toUpperCase()}`

/** Our coupon's id leads to what was published for it, so publishing again makes nothing twice. */
export async function publishCoupon(
  client: SandboxClient,
  input: PublishCouponInput,
  operation: ProviderOperation<'publish_coupon'>,
): Promise<CouponData> {
  const answer = await client.execute(operation, input, async (draft, store) => {
    const key = `published/coupon/${input.coupon.id}`
    const known = await store.get<string>(key)
    if (known !== null) return { object: 'coupon', id: known }
    const coupon = draft.add(await newCoupon(draft, store, input.coupon))
    await store.put(key, coupon.id)
    if (coupon.promotion_code !== null) await store.put(promotionKey(coupon.promotion_code), coupon.id)
    return { object: 'coupon', id: coupon.id }
  })
  return retrieveCoupon(client, answer.id)
}

export async function retrieveCoupon(client: SandboxClient, id: string): Promise<CouponData> {
  const coupon = await client.retrieve('coupon', id)
  return { externalCouponId: coupon.id, externalPromotionCodeId: coupon.promotion_code_id }
}

async function newCoupon(
  draft: Draft,
  store: StateStore,
  coupon: PublishCouponInput['coupon'],
): Promise<SandboxCoupon> {
  const refuse = (detail: string) => sandboxError(draft.providerName, 'provider_rejected', detail)
  const points = coupon.percentOff === null ? null : Math.round(Number(coupon.percentOff) * 100)
  if ((points === null) === (coupon.amountOff === null)) throw refuse('A coupon takes off a percentage or an amount.')
  if (points !== null && !(points > 0 && points <= 10_000)) throw refuse('A percentage is above 0 and at most 100.')
  const { promotionCode } = coupon
  if (promotionCode !== null && (await store.get(promotionKey(promotionCode))) !== null)
    throw refuse(`The promotion code "${promotionCode}" is taken.`)
  return {
    object: 'coupon',
    id: newId('coupon'),
    name: coupon.name,
    basis_points: points,
    amount_off: coupon.amountOff?.amount ?? null,
    currency: coupon.amountOff?.currency ?? null,
    duration: coupon.duration,
    duration_in_months: coupon.durationInMonths,
    promotion_code_id: promotionCode === null ? null : newId('promotion_code'),
    promotion_code: promotionCode,
    max_redemptions: coupon.maxRedemptions,
    redemptions: 0,
    expires_at: coupon.expiresAt,
  }
}

/** Whether a coupon can be had at this instant for something in this currency. */
export const isRedeemable = (coupon: SandboxCoupon, at: Date, currency: string): boolean =>
  (coupon.expires_at === null || Date.parse(coupon.expires_at) > at.getTime()) &&
  (coupon.max_redemptions === null || coupon.redemptions < coupon.max_redemptions) &&
  (coupon.currency === null || coupon.currency === currency)

/** What a buyer typed on the hosted page; null when it is no code that can be had. */
export async function findPromotion(
  draft: Draft,
  store: StateStore,
  code: string,
  currency: string,
): Promise<SandboxCoupon | null> {
  const id = await store.get<string>(promotionKey(code))
  const coupon = id === null ? null : await draft.find('coupon', id)
  return coupon && isRedeemable(coupon, draft.at, currency) ? coupon : null
}

/** Errors: `resource_missing`, `provider_rejected`. */
export async function requireRedeemable(draft: Draft, id: string, currency: string): Promise<void> {
  if (isRedeemable(await draft.get('coupon', id), draft.at, currency)) return
  throw sandboxError(draft.providerName, 'provider_rejected', 'This coupon is used up, over, or for another currency.')
}

/** What a finished checkout was promised it gets, also when the coupon ran out meanwhile. */
export async function redeemCoupon(draft: Draft, id: string | null): Promise<SandboxDiscount | null> {
  if (id === null) return null
  const coupon = await draft.get('coupon', id)
  coupon.redemptions += 1
  draft.save(coupon)
  const months = coupon.duration_in_months
  return {
    coupon: id,
    ends_at: coupon.duration === 'repeating' ? addDuration(draft.at, `P${months ?? 1}M`).toISOString() : null,
  }
}

/** What the subscription's coupon takes off a bill of this subtotal; one that is over goes. */
export async function takeDiscount(
  draft: Draft,
  subscription: SandboxSubscription,
  subtotal: number,
  at = draft.at,
): Promise<number> {
  const { discount } = subscription
  if (discount === null) return 0
  if (discount.ends_at !== null && Date.parse(discount.ends_at) <= at.getTime()) {
    subscription.discount = null
    return 0
  }
  const coupon = await draft.get('coupon', discount.coupon)
  const off = amountOff(coupon, money(Math.max(0, subtotal), subscription.currency))
  if (off > 0 && coupon.duration === 'once') subscription.discount = null
  return off
}

export function amountOff({ basis_points, amount_off }: SandboxCoupon, subtotal: Money): number {
  if (basis_points !== null) return multiplyByRatio(subtotal, basis_points, 10_000).amount
  return Math.min(subtotal.amount, amount_off ?? 0)
}
