import type { Context } from '../../context.ts'
import { BillhookError, conflict, InvariantError } from '../../primitives/index.ts'
import type { BasePaymentProvider, CouponAbility, PublishCouponInput } from '../../providers/provider.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import type { Coupon } from './coupon.ts'
import { getCoupon } from './get-coupon.ts'
import { findCoupon, insertProviderCoupon } from './store.ts'

/**
 * Makes the discount at a provider; what is there already is left alone, so it can be repeated. Errors: `coupon_not_found`,
 * `unknown_provider` (404), `coupon_not_available` (409), `unsupported`, `unsupported_currency` (422), `outcome_unknown` (502) when the
 * provider's answer was lost: repeat it later.
 */
export async function publishCoupon(
  ctx: Context,
  { couponId, provider: name }: { couponId: string; provider: string },
): Promise<Coupon> {
  const provider = ctx.providers.getProvider(name)
  const coupon = await getCoupon(ctx, { couponId })
  if (coupon.providers.some((published) => published.provider === provider.providerName)) return coupon
  if (coupon.archivedAt !== null)
    throw conflict('coupon_not_available', `Coupon "${coupon.key}" is not given any more.`)
  const ability = requireAbility(provider, coupon)
  const input = inputOf(coupon)
  const done = await runOperation(ctx, {
    kind: 'publish_coupon',
    provider: provider.providerName,
    businessKey: `publish_coupon:${provider.providerName}:${coupon.id}`,
    retriesFailure: true,
    organizationId: null,
    input,
    call: (operation) => ability.publishCoupon(input, operation),
    apply: applyPublishedCoupon,
  })
  if (done.status === 'succeeded') return getCoupon(ctx, { couponId: coupon.id })
  throw new BillhookError('outcome_unknown', `${name} did not answer in time. Publish again to find out.`, {
    status: 502,
    facts: { provider: name, operation_id: done.operationId },
  })
}

function requireAbility({ coupons, capabilities, providerName }: BasePaymentProvider, coupon: Coupon): CouponAbility {
  const refuse = (code: string, what: string) =>
    new BillhookError(code, `Coupon "${coupon.key}" cannot be published: ${providerName} takes no ${what}.`, {
      status: 422,
      facts: { provider: providerName },
    })
  const { checkoutOptions, currencies } = capabilities
  if (!coupons || !(checkoutOptions.coupons || checkoutOptions.promotionCodes)) throw refuse('unsupported', 'coupons')
  if (coupon.promotionCode !== null && !checkoutOptions.promotionCodes) throw refuse('unsupported', 'promotion codes')
  if (coupon.currency !== null && currencies !== 'any' && !currencies.includes(coupon.currency))
    throw refuse('unsupported_currency', coupon.currency)
  return coupons
}

const inputOf = (coupon: Coupon): PublishCouponInput => ({
  coupon: {
    id: coupon.id,
    key: coupon.key,
    name: coupon.name,
    percentOff: coupon.percentOff,
    amountOff:
      coupon.amountOff === null || coupon.currency === null
        ? null
        : { amount: coupon.amountOff, currency: coupon.currency },
    duration: coupon.duration,
    durationInMonths: coupon.durationInMonths,
    promotionCode: coupon.promotionCode,
    maxRedemptions: coupon.maxRedemptions,
    expiresAt: coupon.expiresAt?.toISOString() ?? null,
  },
})

/** Keeps the ids that a coupon got at a provider: after the call, or after a look-up that found it done. */
export const applyPublishedCoupon: ApplyOperation<'publish_coupon', { couponId: string }> = async (
  ctx,
  scope,
  { provider, input },
  { externalCouponId, externalPromotionCodeId },
) => {
  const coupon = await findCoupon(scope, input.coupon.id)
  if (!coupon) throw new InvariantError(`coupon ${input.coupon.id} is gone, and coupons never go`)
  await insertProviderCoupon(scope, {
    id: ctx.ids.next('providerCoupon'),
    couponId: coupon.id,
    organizationId: coupon.organizationId,
    provider,
    providerKind: ctx.providers.getProvider(provider).providerKind,
    externalCouponId,
    externalPromotionCodeId,
    createdAt: ctx.clock.now(),
  })
  return { couponId: coupon.id }
}
