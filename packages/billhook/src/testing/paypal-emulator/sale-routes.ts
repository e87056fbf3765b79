import { z } from 'zod'
import { decimalOf, minorOf } from './amounts.ts'
import { invalidField, PaypalApiError } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { HeldRefund, HeldSale } from './objects.ts'
import { readBody } from './read-body.ts'
import { linkTo } from './render-catalog.ts'
import type { ApiResult, Route } from './route.ts'
import { renderSale } from './sales.ts'
import { isoOf } from './times.ts'

const refundBody = z.strictObject({
  amount: z.strictObject({ total: z.string(), currency: z.string().length(3) }).optional(),
  description: z.string().max(255).optional(),
  reason: z.string().max(30).optional(),
  invoice_number: z.string().max(127).optional(),
})

export const saleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/payments/sale/:id',
    answer: (context, { ids }) => ({ status: 200, body: renderSale(context, saleNamed(context, ids.id)) }),
  },
  {
    method: 'POST',
    path: '/v1/payments/sale/:id/refund',
    requestIdHours: 45 * 24,
    answer: (context, { ids, body }) => refundSale(context, saleNamed(context, ids.id), body),
  },
  {
    method: 'GET',
    path: '/v1/payments/refund/:id',
    answer: (context, { ids }) => ({
      status: 200,
      body: renderRefund(context, demand(context.state.refunds, ids.id ?? '', unknown)),
    }),
  },
]

/** The old API's errors have their cause as the name. */
const refusal = (name: string, message: string, status = 400) => new PaypalApiError(status, name, message)
const unknown = (id: string) => refusal('INVALID_RESOURCE_ID', `There is no ${JSON.stringify(id)} here.`, 404)

function saleNamed({ state }: EmulatorContext, id = ''): HeldSale {
  const sale = state.sales.get(id)
  if (!sale || sale.state === 'declined') throw unknown(id)
  return sale
}

function refundSale(context: EmulatorContext, sale: HeldSale, body: unknown): ApiResult {
  const wanted = readBody(refundBody, body ?? {})
  const amount = refundedAmount(sale, wanted.amount)
  const refund: HeldRefund = {
    id: context.ids.next('', 17),
    saleId: sale.id,
    amount,
    currency: sale.currency,
    ...(wanted.reason !== undefined && { reason: wanted.reason }),
    ...(wanted.description !== undefined && { description: wanted.description }),
    ...(wanted.invoice_number !== undefined && { invoiceNumber: wanted.invoice_number }),
    at: context.clock.seconds(),
  }
  sale.refunded += amount
  sale.updatedAt = refund.at
  context.state.refunds.set(refund.id, refund)
  const rendered = renderRefund(context, refund)
  const custom = sale.custom === null ? {} : { custom: sale.custom }
  context.emit('PAYMENT.SALE.REFUNDED', {
    ...rendered,
    ...custom,
    billing_agreement_id: sale.subscriptionId,
    refund_to_payer: { value: decimalOf(amount, sale.currency), currency: sale.currency },
  })
  const total = { value: decimalOf(sale.refunded, sale.currency), currency: sale.currency }
  return { status: 201, body: { ...rendered, ...custom, total_refunded_amount: total } }
}

/** Without an amount: all of it, which is refused once a part went back. */
function refundedAmount(sale: HeldSale, wanted: { total: string; currency: string } | undefined): number {
  if (sale.state !== 'completed') throw refusal('TRANSACTION_REFUSED', `The sale is ${sale.state}.`)
  if (sale.refunded === sale.amount) throw refusal('TRANSACTION_ALREADY_REFUNDED', 'The sale was refunded before.')
  if (!wanted) {
    if (sale.refunded > 0) throw refusal('FULL_REFUND_NOT_ALLOWED_AFTER_PARTIAL_REFUND', 'A part was refunded before.')
    return sale.amount
  }
  if (wanted.currency !== sale.currency) throw refusal('REFUND_CURRENCY_MISMATCH', `The sale is in ${sale.currency}.`)
  if (!/^\d+(\.\d+)?$/.test(wanted.total)) throw invalidField('/amount/total', 'INVALID_PARAMETER_SYNTAX', wanted.total)
  const amount = minorOf({ currency_code: wanted.currency, value: wanted.total }, '/amount/total')
  if (amount === 0) throw invalidField('/amount/total', 'INVALID_PARAMETER_VALUE', wanted.total)
  if (amount > sale.amount - sale.refunded) {
    throw refusal('REFUND_EXCEEDED_TRANSACTION_AMOUNT', 'More than is left of the sale.')
  }
  return amount
}

function renderRefund(context: EmulatorContext, refund: HeldRefund): Record<string, unknown> {
  const { id, saleId, amount, currency, reason, description, invoiceNumber, at } = refund
  return {
    id,
    amount: { total: decimalOf(amount, currency), currency },
    state: 'completed',
    sale_id: saleId,
    parent_payment: `PAY-${saleId}`,
    ...(reason !== undefined && { reason }),
    ...(description !== undefined && { description }),
    ...(invoiceNumber !== undefined && { invoice_number: invoiceNumber }),
    create_time: isoOf(at),
    update_time: isoOf(at),
    links: [linkTo(context, `/v1/payments/refund/${id}`), linkTo(context, `/v1/payments/sale/${saleId}`, 'sale')],
  }
}
