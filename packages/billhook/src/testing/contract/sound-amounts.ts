import type { InvoiceData } from '../../providers/snapshots.ts'
import { demand, demandEqual } from './expectation.ts'

/** The rules that the amounts of every invoice keep, whatever it bills. Each throws when it is broken. */
export function demandWholeUnits(invoice: InvoiceData): void {
  const { subtotal, discount, tax, total, creditApplied, amountDue, amountPaid, amountRemaining, amountRefunded } =
    invoice
  const own = { subtotal, discount, tax, total, creditApplied, amountDue, amountPaid, amountRemaining, amountRefunded }
  for (const [name, amount] of Object.entries(own)) demand(Number.isSafeInteger(amount), `${name} is ${amount}`)
  for (const { amount } of [...invoice.lines, ...(invoice.payments ?? [])]) {
    demand(Number.isSafeInteger(amount), `the amount of a line or a payment is ${amount}`)
  }
}

export function demandLinesSumToSubtotal({ lines, subtotal }: InvoiceData): void {
  const sum = lines.reduce((total, { amount }) => total + amount, 0)
  demandEqual(subtotal, sum, 'the subtotal, against the sum of the lines')
}

export function demandTotal({ subtotal, discount, tax, total }: InvoiceData): void {
  demandEqual(total, subtotal - discount + tax, 'the total, against subtotal - discount + tax')
}

export function demandAmountDue({ total, creditApplied, amountDue }: InvoiceData): void {
  demandEqual(amountDue, Math.max(0, total - creditApplied), 'what is due, against total - credit')
}

export function demandNothingNegative(invoice: InvoiceData): void {
  for (const name of ['creditApplied', 'amountPaid', 'amountRemaining', 'amountRefunded'] as const) {
    demand(invoice[name] >= 0, `${name} is ${invoice[name]}`)
  }
  const left = invoice.status === 'paid' ? 0 : invoice.amountDue - invoice.amountPaid
  demandEqual(invoice.amountRemaining, left, `what is left of a ${invoice.status} invoice`)
}

export function demandSoundAmounts(invoice: InvoiceData): void {
  demandWholeUnits(invoice)
  demandLinesSumToSubtotal(invoice)
  demandTotal(invoice)
  demandAmountDue(invoice)
  demandNothingNegative(invoice)
}
