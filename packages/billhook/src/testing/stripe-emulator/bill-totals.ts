import { discountOf, discountShare } from './discounts.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { InvoiceLine, Subscription } from './objects.ts'

/**
 * Discount and tax of a bill, for an invoice and for its preview alike. Writes them onto the lines; the amounts of prorations hold their
 * discount already (`proration_discounts: included`).
 */
export function totalsOf(context: EmulatorContext, subscription: Subscription, lines: readonly InvoiceLine[]) {
  const discount = discountLines(context, subscription, lines)
  const tax = taxLines(context, subscription, lines)
  const subtotal = sum(lines.map((line) => line.amount))
  const untaxed = subtotal - discount.amount
  return {
    ...{ subtotal, subtotal_excluding_tax: subtotal, total: untaxed + tax.amount, total_excluding_tax: untaxed },
    total_discount_amounts: discount.id === null ? [] : [{ amount: discount.amount, discount: discount.id }],
    total_taxes: tax.isTaxed ? [taxEntry(tax.amount, untaxed)] : [],
  }
}

function discountLines(
  context: EmulatorContext,
  subscription: Subscription,
  lines: readonly InvoiceLine[],
): { id: string | null; amount: number } {
  const held = discountOf(context, subscription)
  if (!held) return { id: null, amount: 0 }
  let left = held.coupon.amount_off ?? 0
  for (const line of lines) {
    const isOpen = line.discountable === true && line.amount > 0
    const percent = 1 - discountShare(context, subscription)
    const amount = !isOpen
      ? 0
      : held.coupon.amount_off === null
        ? Math.round(line.amount * percent)
        : Math.min(left, line.amount)
    left -= held.coupon.amount_off === null ? 0 : amount
    line.discount_amounts = amount === 0 ? [] : [{ amount, discount: held.id }]
  }
  return { id: held.id, amount: sum(lines.map(discountOn)) }
}

/** What a line is less by its discounts. */
export function discountOn(line: InvoiceLine): number {
  const amounts = Array.isArray(line.discount_amounts) ? line.discount_amounts : []
  return sum(amounts.map((entry: { amount: number }) => entry.amount))
}

function taxLines(
  context: EmulatorContext,
  subscription: Subscription,
  lines: readonly InvoiceLine[],
): { isTaxed: boolean; amount: number } {
  const { taxPercent } = context.settings
  const isTaxed = subscription.automatic_tax.enabled && taxPercent > 0
  if (!isTaxed) return { isTaxed, amount: 0 }
  let amount = 0
  for (const line of lines) {
    const taxable = line.amount - discountOn(line)
    const tax = Math.round((taxable * taxPercent) / 100)
    line.taxes = [taxEntry(tax, taxable)]
    amount += tax
  }
  return { isTaxed, amount }
}

function taxEntry(amount: number, taxable: number) {
  return {
    ...{ amount, tax_behavior: 'exclusive', taxability_reason: 'standard_rated', taxable_amount: taxable },
    ...{ tax_rate_details: { tax_rate: 'txr_emulator' }, type: 'tax_rate_details' },
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
