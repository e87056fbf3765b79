import { moneyOf } from './amounts.ts'
import { notFound } from './api-error.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { HeldDispute, HeldSale } from './objects.ts'
import { pageOf, pageParameters } from './pages.ts'
import { linkTo } from './render-catalog.ts'
import type { Route } from './route.ts'
import { renderSaleEvent, v1Amount } from './sales.ts'
import { isoOf } from './times.ts'

const path = '/v1/customer/disputes'

export const disputeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path,
    query: [...pageParameters, 'start_time', 'create_time_after', 'disputed_transaction_id', 'dispute_state'],
    answer: (context, { query }) => {
      const sale = query.get('disputed_transaction_id')
      const found = [...context.state.disputes.values()]
        .filter(({ saleId }) => sale === null || saleId === sale)
        .reverse()
      const { items, rest } = pageOf(context, found, query, path)
      return { status: 200, body: { items: items.map((dispute) => summaryOf(context, dispute)), ...rest } }
    },
  },
  {
    method: 'GET',
    path: `${path}/:id`,
    answer: (context, { ids }) => ({
      status: 200,
      body: renderDispute(context, demand(context.state.disputes, ids.id ?? '')),
    }),
  },
]

/** The buyer asks the payment of a sale back. */
export function openDispute(context: EmulatorContext, saleId: string): HeldDispute {
  const sale = demand(context.state.sales, saleId, notFound)
  const now = context.clock.seconds()
  const dispute: HeldDispute = {
    id: context.ids.next('PP-D-', 8),
    saleId: sale.id,
    status: 'WAITING_FOR_SELLER_RESPONSE',
    stage: 'INQUIRY',
    reason: 'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
    outcome: null,
    createdAt: now,
    updatedAt: now,
  }
  context.state.disputes.set(dispute.id, dispute)
  context.emit('CUSTOMER.DISPUTE.CREATED', renderDispute(context, dispute))
  return dispute
}

/** PayPal takes it up. */
export function escalateDispute(context: EmulatorContext, id: string): void {
  const dispute = demand(context.state.disputes, id)
  Object.assign(dispute, { status: 'UNDER_REVIEW', stage: 'CHARGEBACK', updatedAt: context.clock.seconds() })
  context.emit('CUSTOMER.DISPUTE.UPDATED', renderDispute(context, dispute))
}

/** A dispute that the seller loses takes the money back. */
export function closeDispute(context: EmulatorContext, id: string, winner: 'buyer' | 'seller'): void {
  const dispute = demand(context.state.disputes, id)
  const outcome = winner === 'buyer' ? 'RESOLVED_BUYER_FAVOUR' : 'RESOLVED_SELLER_FAVOUR'
  Object.assign(dispute, { status: 'RESOLVED', outcome, updatedAt: context.clock.seconds() })
  context.emit('CUSTOMER.DISPUTE.RESOLVED', renderDispute(context, dispute))
  if (winner === 'buyer') reverseSale(context, dispute.saleId)
}

/** The event's amounts are negative, and it has the sale's own id. */
export function reverseSale(context: EmulatorContext, saleId: string): void {
  const sale = demand(context.state.sales, saleId, notFound)
  Object.assign(sale, { isReversed: true, updatedAt: context.clock.seconds() } satisfies Partial<HeldSale>)
  context.emit('PAYMENT.SALE.REVERSED', { ...renderSaleEvent(context, sale), amount: v1Amount(sale, -1) })
}

function summaryOf(context: EmulatorContext, dispute: HeldDispute): Record<string, unknown> {
  const sale = demand(context.state.sales, dispute.saleId)
  return {
    dispute_id: dispute.id,
    create_time: isoOf(dispute.createdAt),
    update_time: isoOf(dispute.updatedAt),
    reason: dispute.reason,
    status: dispute.status,
    dispute_amount: moneyOf(sale.amount, sale.currency),
    dispute_life_cycle_stage: dispute.stage,
    dispute_channel: 'INTERNAL',
    links: [linkTo(context, `${path}/${dispute.id}`)],
  }
}

function renderDispute(context: EmulatorContext, dispute: HeldDispute): Record<string, unknown> {
  const sale = demand(context.state.sales, dispute.saleId)
  const amount = moneyOf(sale.amount, sale.currency)
  return {
    ...summaryOf(context, dispute),
    disputed_transactions: [
      {
        seller_transaction_id: sale.id,
        create_time: isoOf(sale.at),
        transaction_status: sale.isReversed ? 'REVERSED' : 'COMPLETED',
        gross_amount: amount,
        ...(sale.custom !== null && { custom: sale.custom }),
      },
    ],
    ...(dispute.outcome && {
      dispute_outcome: {
        outcome_code: dispute.outcome,
        ...(dispute.outcome === 'RESOLVED_BUYER_FAVOUR' && { amount_refunded: amount }),
      },
    }),
    ...(dispute.status === 'WAITING_FOR_SELLER_RESPONSE' && {
      seller_response_due_date: isoOf(dispute.createdAt + 10 * 86_400),
    }),
  }
}
