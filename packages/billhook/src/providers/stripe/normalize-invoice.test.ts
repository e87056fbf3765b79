import { describe, expect, it } from 'vitest'
import { normalizeInvoice, readInvoice } from './normalize-invoice.ts'
import {
  invoiceBeforeBasil,
  invoiceOf,
  invoiceToday,
  sampleEnd,
  sampleReference,
  sampleStart,
  subscriptionLine,
  type Wire,
} from './testing/sample-objects.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const normalize = (object: Wire) => normalizeInvoice(readInvoice(object))

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
})
