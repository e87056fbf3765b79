import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import { invoiceOf, invoiceToday, subscriptionLine, type Wire } from './testing/sample-objects.ts'

const normalize = (object: Wire) => normalizeInvoice(readInvoice(object))

describe('invoiceAmounts', () => {
  it('takes inclusive tax out of the lines, in both shapes', () => {
    const today = subscriptionLine({ amount: 12000, taxes: [{ amount: 2000, tax_behavior: 'inclusive' }] })
    const old = {
      ...today,
      parent: undefined,
      type: 'subscription',
      taxes: undefined,
      tax_amounts: [{ amount: 2000, inclusive: true }],
    }
    const expected = { subtotal: 10000, tax: 2000, discount: 0, total: 12000, lines: [{ amount: 10000 }] }
    expect(
      normalize(invoiceOf([today], 12000, { total_taxes: [{ amount: 2000, tax_behavior: 'inclusive' }] })),
    ).toMatchObject(expected)
    const taxes = { total_taxes: undefined, total_tax_amounts: [{ amount: 2000, inclusive: true }] }
    expect(normalize(invoiceOf([old], 12000, taxes))).toMatchObject(expected)
  })

  it('puts the odd cent of inclusive tax rounded on the whole invoice on the largest line', () => {
    const tax = (amount: number) => [{ amount, tax_behavior: 'inclusive' }]
    const two = [subscriptionLine({ amount: 100, taxes: tax(17) }), subscriptionLine({ amount: 200, taxes: tax(33) })]
    const invoice = normalize(invoiceOf(two, 300, { total_taxes: tax(49) }))
    expect(invoice).toMatchObject({ subtotal: 251, tax: 49, discount: 0, lines: [{ amount: 83 }, { amount: 168 }] })
  })

  it('adds up for any lines, taxes, discount and balance', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000 })
    const line = fc.record({ amount, tax: fc.integer({ min: 0, max: 1000 }), isInclusive: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 5 }),
        fc.nat(1000),
        fc.integer({ min: -500, max: 500 }),
        (some, off, balance) => {
          const taxOf = (l: (typeof some)[number]) => ({
            amount: l.tax,
            tax_behavior: l.isInclusive ? 'inclusive' : 'exclusive',
          })
          const gross = some.reduce((sum, l) => sum + l.amount + 1000 + (l.isInclusive ? 0 : l.tax), 0)
          const total = gross - off
          const amountDue = Math.max(0, total + balance)
          const object = invoiceOf(
            some.map((l) => subscriptionLine({ amount: l.amount + 1000, taxes: [taxOf(l)] })),
            total,
            {
              total_taxes: some.map(taxOf),
              total_discount_amounts: [{ amount: off }],
              starting_balance: balance,
              ending_balance: total + balance - amountDue,
              amount_due: amountDue,
            },
          )
          const invoice = normalize(object)
          expect(invoice.lines.reduce((sum, l) => sum + l.amount, 0)).toBe(invoice.subtotal)
          expect(invoice.total).toBe(invoice.subtotal - invoice.discount + invoice.tax)
          expect(invoice.amountDue).toBe(Math.max(0, invoice.total - invoice.creditApplied))
        },
      ),
    )
  })

  it('keeps proration credits negative and a credit invoice due nothing', () => {
    const credit = subscriptionLine({
      amount: -900,
      parent: { type: 'invoice_item_details', invoice_item_details: { proration: true } },
    })
    const invoice = normalize(invoiceOf([credit], -900, { ending_balance: -900, starting_balance: 0 }))
    expect(invoice).toMatchObject({
      subtotal: -900,
      total: -900,
      amountDue: 0,
      creditApplied: 0,
      lines: [{ proration: true }],
    })
  })

  it('finds the credit of a draft, whose ending balance is not known yet', () => {
    const draft = invoiceOf([subscriptionLine({ amount: 1000 })], 1000, {
      status: 'draft',
      starting_balance: -400,
      ending_balance: null,
      amount_due: 600,
    })
    expect(normalize(draft)).toMatchObject({ creditApplied: 400, amountDue: 600 })
  })

  it('adds a debt from before to what is due, and carries an amount too small to charge', () => {
    const line = subscriptionLine({ amount: 1000 })
    const debt = { starting_balance: 300, ending_balance: 0, amount_due: 1300 }
    expect(normalize(invoiceOf([line], 1000, debt))).toMatchObject({ creditApplied: -300, amountDue: 1300 })
    const small = { starting_balance: 0, ending_balance: 30, amount_due: 0 }
    expect(normalize(invoiceOf([subscriptionLine({ amount: 30 })], 30, small))).toMatchObject({
      creditApplied: 30,
      amountDue: 0,
    })
  })

  it('lists shipping as a line, so that lines still add up', () => {
    const shipping = { shipping_cost: { amount_subtotal: 500, amount_tax: 0, amount_total: 500 } }
    const invoice = normalize(invoiceOf([subscriptionLine({ amount: 1000 })], 1500, shipping))
    expect(invoice).toMatchObject({
      subtotal: 1500,
      discount: 0,
      lines: [{ amount: 1000 }, { description: 'Shipping', amount: 500 }],
    })
  })

  it('refuses an invoice whose figures contradict each other', () => {
    expect(() => normalize(invoiceToday({ total: 14000 }))).toThrow('does not add up')
    expect(() => normalize(invoiceToday({ total_discount_amounts: [{ amount: 2999 }] }))).toThrow('does not add up')
    expect(() => normalize(invoiceToday({ total_discount_amounts: null, total: 13801 }))).toThrow('discount of -1')
  })

  it('counts in ISO minor units where Stripe does not', () => {
    const krona = invoiceOf([subscriptionLine({ amount: 99000 })], 99000, { currency: 'isk' })
    expect(normalize(krona)).toMatchObject({ currency: 'ISK', subtotal: 990, total: 990, amountDue: 990 })
    expect(() => normalize(invoiceOf([subscriptionLine({ amount: 99050 })], 99050, { currency: 'isk' }))).toThrow('ISK')
  })
})
