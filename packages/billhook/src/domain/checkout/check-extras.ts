import type { OrganizationScope } from '../../db/index.ts'
import { BillhookError, invalid } from '../../primitives/index.ts'
import type { BasePaymentProvider } from '../../providers/provider.ts'
import { getUsableCoupon } from '../coupons/index.ts'

/** What is asked of the hosted page besides taking the money. */
export interface CheckoutExtras {
  couponId: string | null
  externalCouponId: string | null
  /** Only what is asked for: part of what makes two requests the same. */
  options: { allowPromotionCodes?: true; collectTaxIds?: true; automaticTax?: true }
}

export interface ExtrasInput {
  provider: BasePaymentProvider
  currency: string
  now: Date
  coupon?: string | undefined
  allowPromotionCodes?: boolean | undefined
  collectTaxIds?: boolean | undefined
  automaticTax?: boolean | undefined
}

/** Errors: `invalid_request` (400), `unsupported` (422), those of getUsableCoupon. */
export async function checkExtras(scope: OrganizationScope, input: ExtrasInput): Promise<CheckoutExtras> {
  const { coupon, allowPromotionCodes, collectTaxIds, automaticTax, provider, currency, now } = input
  const { providerName, capabilities } = provider
  const can = capabilities.checkoutOptions
  if (coupon !== undefined && allowPromotionCodes)
    throw invalid('invalid_request', 'Give a coupon or allow promotion codes, not both.')
  if (coupon !== undefined && !can.coupons) throw unsupported(providerName, 'coupons')
  if (allowPromotionCodes && !can.promotionCodes) throw unsupported(providerName, 'promotion codes')
  if (collectTaxIds && !can.taxIds) throw unsupported(providerName, 'collecting tax ids')
  if (automaticTax && !can.automaticTax) throw unsupported(providerName, 'automatic tax')
  const usable =
    coupon === undefined
      ? { couponId: null, externalCouponId: null }
      : await getUsableCoupon(scope, { idOrKey: coupon, provider: providerName, currency, now })
  return {
    ...usable,
    options: {
      ...(allowPromotionCodes && { allowPromotionCodes }),
      ...(collectTaxIds && { collectTaxIds }),
      ...(automaticTax && { automaticTax }),
    },
  }
}

export const unsupported = (provider: string, what: string): BillhookError =>
  new BillhookError('unsupported', `${provider} does not support ${what}.`, { status: 422, facts: { provider } })
