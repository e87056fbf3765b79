import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import {
  invoiceBeforeBasil,
  invoiceToday,
  sampleEnd,
  sampleReference,
  sampleStart,
  type Wire,
} from './testing/sample-objects.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const normalize = (object: Wire) => normalizeInvoice(readInvoice(object))
const lines = (...data: Wire[]) => ({ lines: { object: 'list', data, has_more: false } })
const plain = {
  total_taxes: [],
  total_discount_amounts: [],
  starting_balance: 0,
  ending_balance: 0,
  payments: undefined,
}

function subscriptionLine(more: Wire): Wire {
  const parent = { type: 'subscription_item_details', subscription_item_details: { proration: false } }
  return { id: 'il_x', amount: 0, parent, period: { start: sampleStart, end: sampleEnd }, ...more }
}

/** An invoice of these lines with nothing else on it. */
function invoiceOf(data: Wire[], total: number, more: Wire = {}): Wire {
  return invoiceToday({ ...plain, ...lines(...data), total, amount_due: Math.max(0, total), amount_paid: 0, ...more })
}

describe('normalizeInvoice', () => {
  it('says everything in our words', () => {
    expect(normalize(invoiceToday())).toEqual({
      externalInvoiceId: 'in_1',
      externalCustomerId: 'cus_1',
      externalSubscriptionId: 'sub_1',
      number: 'ACME-0001',
      status: 'paid',
      billingReason: 'subscription_cycle',
      currency: 'EUR',
      subtotal: 12000,
      discount: 3000,
      tax: 1800,
      total: 10800,
      creditApplied: 800,
      amountDue: 10000,
      amountPaid: 10000,
      amountRemaining: 0,
      amountRefunded: 0,
      periodStart: at(sampleStart),
      periodEnd: at(sampleEnd),
      createdAt: at(sampleStart),
      dueAt: null,
      finalizedAt: at(sampleStart + 60),
      paidAt: at(sampleStart + 120),
      voidedAt: null,
      attemptCount: 1,
      nextPaymentAttemptAt: null,
      hostedUrl: 'https://invoice.stripe.test/i/1',
      pdfUrl: 'https://invoice.stripe.test/i/1/pdf',
      lines: [
        {
          externalLineId: 'il_1',
          description: '3 × Pro',
          quantity: 3,
          amount: 12000,
          externalPriceId: 'price_1',
          periodStart: at(sampleStart),
          periodEnd: at(sampleEnd),
          proration: false,
        },
      ],
      payments: [
        {
          externalPaymentId: 'pi_1',
          status: 'succeeded',
          amount: 10000,
          currency: 'EUR',
          declineCode: null,
          failureMessage: null,
          attemptedAt: at(sampleStart + 120),
        },
      ],
      reference: sampleReference,
    })
  })

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

  it('takes the service period from the newest cycle line, not from usage, prorations, one-off items or the look-back', () => {
    const period = (start: number, end: number) => ({ period: { start, end } })
    const proration = { type: 'subscription_item_details', subscription_item_details: { proration: true } }
    const item = { type: 'invoice_item_details', invoice_item_details: { proration: false } }
    const data = [
      subscriptionLine(period(100, 200)),
      subscriptionLine(period(200, 900)),
      subscriptionLine(period(200, 300)),
      subscriptionLine({ ...period(250, 260), parent: proration }),
      subscriptionLine({ ...period(299, 299), parent: item }),
    ]
    expect(normalize(invoiceOf(data, 0))).toMatchObject({ periodStart: at(200), periodEnd: at(300) })
    expect(normalize(invoiceOf(data.slice(3), 0))).toMatchObject({ periodStart: at(250), periodEnd: at(260) })
    expect(normalize(invoiceOf(data.slice(4), 0))).toMatchObject({ periodStart: at(299), periodEnd: at(299) })
    expect(normalize(invoiceOf([], 0))).toMatchObject({ periodStart: null, periodEnd: null })
  })

  it.each([
    ['subscription_create', 'subscription_create'],
    ['subscription_cycle', 'subscription_cycle'],
    ['subscription_update', 'subscription_update'],
    ['subscription_threshold', 'subscription_update'],
    ['subscription', 'subscription_update'],
    ['quote_accept', 'subscription_create'],
    ['automatic_pending_invoice_item_invoice', 'manual'],
    ['something_new', 'manual'],
    [null, 'manual'],
  ])('reads billing reason %s as %s', (reason, ours) => {
    expect(normalize(invoiceToday({ billing_reason: reason })).billingReason).toBe(ours)
  })

  it('says nothing about payments the payload does not show', () => {
    expect(normalize(invoiceToday({ payments: undefined })).payments).toBeNull()
    expect(normalize(invoiceBeforeBasil({ payment_intent: null, charge: null })).payments).toBeNull()
    expect(normalize(invoiceBeforeBasil({ status: 'open', paid: false })).payments).toBeNull()
    expect(normalize(invoiceBeforeBasil({ payment_intent: null })).payments).toMatchObject([
      { externalPaymentId: 'ch_1' },
    ])
  })

  it('tells failed, waiting and untried payments apart by their intent', () => {
    const payment = (intent: unknown, status = 'open') => ({
      status,
      amount_requested: 500,
      amount_paid: null,
      currency: 'eur',
      created: 5,
      payment: { payment_intent: intent },
    })
    const data = [
      payment({
        id: 'pi_f',
        status: 'requires_payment_method',
        created: 7,
        last_payment_error: { code: 'card_declined', decline_code: 'lost_card', message: 'No.' },
      }),
      payment({ id: 'pi_a', status: 'requires_action' }),
      payment({ id: 'pi_p', status: 'processing' }),
      payment({ id: 'pi_u', status: 'requires_payment_method', last_payment_error: null }),
      payment('pi_c', 'canceled'),
    ]
    expect(normalize(invoiceToday({ payments: { data } })).payments).toMatchObject([
      {
        externalPaymentId: 'pi_f',
        status: 'failed',
        declineCode: 'lost_card',
        failureMessage: 'No.',
        attemptedAt: at(7),
        amount: 500,
      },
      { externalPaymentId: 'pi_a', status: 'requires_action', declineCode: null },
      { externalPaymentId: 'pi_p', status: 'processing' },
      { externalPaymentId: 'pi_c', status: 'canceled' },
    ])
  })

  it('says nothing about payments when it cannot say it of all', () => {
    const paid = {
      status: 'paid',
      amount_requested: 5,
      amount_paid: 5,
      currency: 'eur',
      payment: { payment_intent: 'pi_1' },
    }
    const open = { ...paid, status: 'open', amount_paid: null, payment: { payment_intent: 'pi_2' } }
    expect(normalize(invoiceToday({ payments: { data: [paid, open] } })).payments).toBeNull()
    expect(normalize(invoiceToday({ payments: { data: [paid], has_more: true } })).payments).toBeNull()
    expect(normalize(invoiceToday({ payments: { data: [paid] } })).payments).toHaveLength(1)
  })

  it('counts in ISO minor units where Stripe does not', () => {
    const krona = invoiceOf([subscriptionLine({ amount: 99000 })], 99000, { currency: 'isk' })
    expect(normalize(krona)).toMatchObject({ currency: 'ISK', subtotal: 990, total: 990, amountDue: 990 })
    expect(() => normalize(invoiceOf([subscriptionLine({ amount: 99050 })], 99050, { currency: 'isk' }))).toThrow('ISK')
  })
})
