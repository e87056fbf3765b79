import { decimalOf, moneyOf } from './amounts.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { Charge, HeldSale, HeldSubscription } from './objects.ts'
import { linkTo } from './render-catalog.ts'
import { isoOf } from './times.ts'

/** What PayPal keeps of a payment: 2.9 % and 30 of the smallest units. */
function feeOf({ state, amount }: HeldSale): number {
  return state === 'declined' ? 0 : Math.min(amount, Math.round((amount * 29) / 1000) + 30)
}

/** Takes the money, or notes that it could not be taken; tells a sale, never a decline. */
export function makeSale(
  context: EmulatorContext,
  subscription: HeldSubscription,
  charge: Charge,
  isDeclined: boolean,
): HeldSale {
  const now = context.clock.seconds()
  const odd = isDeclined ? null : context.oddities.nextSale
  const sale: HeldSale = {
    id: context.ids.next('', 17),
    subscriptionId: subscription.id,
    state: isDeclined ? 'declined' : odd === 'pending' ? 'pending' : 'completed',
    hold: odd === 'held' ? 'HELD' : null,
    isReversed: false,
    currency: subscription.terms.currency,
    amount: charge.total,
    tax: charge.tax,
    shipping: charge.shipping,
    refunded: 0,
    custom: subscription.customId,
    at: now,
    updatedAt: now,
  }
  context.state.sales.set(sale.id, sale)
  if (isDeclined) return sale
  context.oddities.nextSale = null
  context.emit(`PAYMENT.SALE.${sale.state === 'pending' ? 'PENDING' : 'COMPLETED'}`, renderSaleEvent(context, sale))
  return sale
}

/** The v1 shape that sales still have everywhere. */
export function renderSale(context: EmulatorContext, sale: HeldSale): Record<string, unknown> {
  const { id, currency, hold } = sale
  const path = `/v1/payments/sale/${id}`
  return {
    id,
    billing_agreement_id: sale.subscriptionId,
    amount: v1Amount(sale),
    payment_mode: 'INSTANT_TRANSFER',
    state: saleState(sale),
    ...(sale.isReversed && { reason_code: 'CHARGEBACK' }),
    ...(sale.state === 'pending' && { reason_code: 'ECHECK' }),
    ...(hold === 'HELD' && {
      payment_hold_status: 'HELD',
      payment_hold_reasons: [{ payment_hold_reason: 'PAYMENT_HOLD' }],
    }),
    protection_eligibility: 'ELIGIBLE',
    protection_eligibility_type: 'ITEM_NOT_RECEIVED_ELIGIBLE,UNAUTHORIZED_PAYMENT_ELIGIBLE',
    transaction_fee: { currency, value: decimalOf(feeOf(sale), currency) },
    parent_payment: `PAY-${id}`,
    create_time: isoOf(sale.at),
    update_time: isoOf(sale.updatedAt),
    links: [linkTo(context, path), linkTo(context, `${path}/refund`, 'refund', 'POST')],
  }
}

/** As webhooks carry it: with the custom id, and with the end of a hold, which the API does not show. */
export function renderSaleEvent(context: EmulatorContext, sale: HeldSale): Record<string, unknown> {
  return {
    ...renderSale(context, sale),
    ...(sale.custom !== null && { custom: sale.custom }),
    ...(sale.hold === 'RELEASED' && { payment_hold_status: 'RELEASED' }),
  }
}

function saleState({ state, refunded, amount }: HeldSale): string {
  if (state !== 'completed' || refunded === 0) return state
  return refunded === amount ? 'refunded' : 'partially_refunded'
}

export function v1Amount({ amount, tax, shipping, currency }: HeldSale, sign = 1): Record<string, unknown> {
  const decimal = (minor: number) => decimalOf(minor * sign, currency)
  return {
    total: decimal(amount),
    currency,
    details: {
      subtotal: decimal(amount - tax - shipping),
      ...(tax > 0 && { tax: decimal(tax) }),
      ...(shipping > 0 && { shipping: decimal(shipping) }),
    },
  }
}

const transactionStates: Record<string, string> = {
  completed: 'COMPLETED',
  partially_refunded: 'PARTIALLY_REFUNDED',
  refunded: 'REFUNDED',
  pending: 'PENDING',
  denied: 'DECLINED',
  declined: 'DECLINED',
}

/** The same as the subscription's list of transactions shows it. */
export function renderTransaction(context: EmulatorContext, sale: HeldSale): Record<string, unknown> {
  const { subscriber } = demand(context.state.subscriptions, sale.subscriptionId)
  const money = (minor: number) => moneyOf(minor, sale.currency)
  return {
    id: sale.id,
    status: transactionStates[saleState(sale)],
    amount_with_breakdown: {
      gross_amount: money(sale.amount),
      ...(sale.tax > 0 && { tax_amount: money(sale.tax) }),
      ...(sale.shipping > 0 && { shipping_amount: money(sale.shipping) }),
      fee_amount: money(feeOf(sale)),
      net_amount: money(sale.amount - feeOf(sale)),
    },
    ...(subscriber.name && { payer_name: subscriber.name }),
    ...(subscriber.email_address !== undefined && { payer_email: subscriber.email_address }),
    time: isoOf(sale.at).replace('Z', '.000Z'),
  }
}
