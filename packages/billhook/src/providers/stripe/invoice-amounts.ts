import { fromApiAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import type { InvoiceLineWire, InvoiceWire } from './wire.ts'

export interface InvoiceAmounts {
  /** Net of tax, one for each line of the invoice, in its order. */
  netLines: number[]
  /** Net; null without shipping. */
  shipping: number | null
  subtotal: number
  discount: number
  tax: number
  total: number
  creditApplied: number
}

/**
 * Stripe's line amounts hold the tax where the price is tax-inclusive; ours never do. Subtotal is the sum of our lines, tax the sum of the
 * taxes, total is Stripe's own, and the discount is what is left between them: it has to be what Stripe says was discounted.
 * In ISO minor units of `currency`. Throws UnreadableObject when the figures do not add up.
 */
export function invoiceAmounts(wire: InvoiceWire, currency: string): InvoiceAmounts {
  const netLines = netAmounts(wire)
  const shipping = wire.shipping_cost ? wire.shipping_cost.amount_total - wire.shipping_cost.amount_tax : null
  const subtotal = sum(netLines) + (shipping ?? 0)
  const tax = taxOf(wire)
  const discount = subtotal + tax - wire.total
  requireConsistentDiscount(wire, discount)
  const convert = (amount: number) => fromApiAmount(amount, currency)
  return {
    netLines: netLines.map(convert),
    shipping: shipping === null ? null : convert(shipping),
    subtotal: convert(subtotal),
    discount: convert(discount),
    tax: convert(tax),
    total: convert(wire.total),
    creditApplied: convert(creditApplied(wire)),
  }
}

type Taxes = InvoiceWire['total_taxes']

const lineTaxes = (line: InvoiceLineWire): Taxes => line.taxes ?? line.tax_amounts
const invoiceTaxes = (wire: InvoiceWire): Taxes => wire.total_taxes ?? wire.total_tax_amounts

/** All tax on one line, in the API's units. */
export function taxOfLine(line: InvoiceLineWire): number {
  return sum((lineTaxes(line) ?? []).map((tax) => tax.amount))
}

function taxOf(wire: InvoiceWire): number {
  const taxes = invoiceTaxes(wire)
  if (taxes) return sum(taxes.map((tax) => tax.amount))
  return wire.tax ?? sum(wire.lines.data.map(taxOfLine))
}

function netAmounts(wire: InvoiceWire): number[] {
  const net = wire.lines.data.map((line) => line.amount - inclusive(lineTaxes(line)))
  const taxes = invoiceTaxes(wire)
  if (!taxes || wire.shipping_cost) return net
  // Tax can be rounded on the invoice instead of on each line: the largest line carries the odd cents, as long as they are only that.
  const rounding = inclusive(taxes) - sum(wire.lines.data.map((line) => inclusive(lineTaxes(line))))
  if (rounding === 0 || Math.abs(rounding) > net.length * Math.max(1, taxes.length)) return net
  const largest = net.reduce((best, amount, index) => (Math.abs(amount) > Math.abs(net[best] ?? 0) ? index : best), 0)
  return net.map((amount, index) => (index === largest ? amount - rounding : amount))
}

function inclusive(taxes: Taxes): number {
  // Before basil: `inclusive: true`; since: `tax_behavior`.
  return sum((taxes ?? []).filter((tax) => tax.inclusive || tax.tax_behavior === 'inclusive').map((tax) => tax.amount))
}

function requireConsistentDiscount(wire: InvoiceWire, discount: number): void {
  const reported = reportedDiscount(wire)
  if (discount >= 0 && (reported === null || reported === discount)) return
  const said = reported === null ? 'nothing' : String(reported)
  throw new UnreadableObject(
    `Stripe's invoice ${wire.id} does not add up: lines, taxes and total leave a discount of ${discount}, Stripe says ${said}.`,
  )
}

/** Coupons, and billing credits that were taken off before tax. */
function reportedDiscount(wire: InvoiceWire): number | null {
  if (!wire.total_discount_amounts) return null
  const credits = (wire.total_pretax_credit_amounts ?? []).filter(
    (credit) => credit.type === 'credit_balance_transaction',
  )
  return sum([...wire.total_discount_amounts, ...credits].map((entry) => entry.amount))
}

/**
 * Balance that was used up. Nothing when there is no need of it (a credit invoice adds to the balance); where the balance does not explain
 * the amount due (a draft, a credit note), what is missing. Negative only when a debt from before was added to the amount due.
 */
function creditApplied(wire: InvoiceWire): number {
  const fromBalance = (wire.ending_balance ?? 0) - (wire.starting_balance ?? 0)
  const explains = (credit: number) => Math.max(0, wire.total - credit) === wire.amount_due
  if (wire.ending_balance != null && fromBalance > 0 && explains(fromBalance)) return fromBalance
  return explains(0) ? 0 : wire.total - wire.amount_due
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
