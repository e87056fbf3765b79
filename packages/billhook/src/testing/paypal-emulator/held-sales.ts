import { oweMore } from './collect.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import { renderSaleEvent } from './sales.ts'

/** The money was taken when the sale was made; what ends is only that the seller cannot have it. */
export function releaseHold(context: EmulatorContext, saleId: string): void {
  const sale = demand(context.state.sales, saleId)
  Object.assign(sale, { hold: 'RELEASED', updatedAt: context.clock.seconds() })
  context.emit('PAYMENT.SALE.COMPLETED', renderSaleEvent(context, sale))
}

/** A pending sale clears, or it was nothing, and what it paid for is owed. */
export function settleSale(context: EmulatorContext, saleId: string, outcome: 'completed' | 'denied'): void {
  const sale = demand(context.state.sales, saleId)
  if (sale.state !== 'pending') throw new Error(`The sale ${saleId} is ${sale.state}, not pending`)
  Object.assign(sale, { state: outcome, updatedAt: context.clock.seconds() })
  const { billing } = demand(context.state.subscriptions, sale.subscriptionId)
  if (outcome === 'denied' && billing) oweMore(billing, { total: sale.amount, tax: sale.tax, shipping: sale.shipping })
  context.emit(`PAYMENT.SALE.${outcome === 'completed' ? 'COMPLETED' : 'DENIED'}`, renderSaleEvent(context, sale))
}
