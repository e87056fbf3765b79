import type { InvoiceData, PublishPriceInput } from '../../../providers/provider.ts'
import { abilityOf, type Deviate, misreading, mistakesAgainst, rejected } from './wrong-adapter.ts'

const monthMs = 30 * 24 * 60 * 60 * 1000
const earlier = (date: Date | null) => date && new Date(date.getTime() - monthMs)

/** Stripe's invoice tells the cycle before in its own period fields. */
const lookBack = (data: InvoiceData): InvoiceData => ({
  ...data,
  periodStart: earlier(data.periodStart),
  periodEnd: data.periodStart,
})

const invoices = mistakesAgainst('invoices', {
  'the first invoice is paid, says why it was made and bills the current period': {
    'takes the period from the look-back': misreading({ invoice: lookBack }),
  },
  'a line tells no other price, quantity and period than what was bought': {
    'counts every line once': misreading({
      invoice: (data) => ({ ...data, lines: data.lines.map((line) => ({ ...line, quantity: 1 })) }),
    }),
    'takes the product for the price': misreading({
      invoice: (data) => ({ ...data, lines: data.lines.map((line) => ({ ...line, externalPriceId: 'prod_1' })) }),
    }),
    'takes the look-back for the period of a line': misreading({
      invoice: (data) => ({
        ...data,
        lines: data.lines.map((line) => ({ ...line, periodStart: earlier(line.periodStart) })),
      }),
    }),
  },
  'a renewal bills the new period, once': {
    'takes the period of renewals from the look-back': misreading({
      invoice: (data) => (data.billingReason === 'subscription_cycle' ? lookBack(data) : data),
    }),
    'lists an invoice twice': (right) => ({
      listInvoices: async (filter) => {
        const page = await right.listInvoices(filter)
        return { ...page, data: [...page.data, ...page.data.slice(-1)] }
      },
    }),
  },
  'a subscription names its newest invoice': {
    'goes on naming the first': (right, harness) => {
      const first = new Map<string, string | null>()
      return misreading({
        subscription: (data) => {
          const id = data.externalSubscriptionId
          if (!first.has(id)) first.set(id, data.latestExternalInvoiceId)
          return { ...data, latestExternalInvoiceId: first.get(id) ?? null }
        },
      })(right, harness)
    },
  },
  'an invoice is the same one by one as in the lists, found by customer and by subscription': {
    'reads no payments in lists': (right) => ({
      listInvoices: async (filter) => {
        const page = await right.listInvoices(filter)
        return { ...page, data: page.data.map((invoice) => ({ ...invoice, payments: null })) }
      },
    }),
  },
  'a list of more than a hundred comes to its end, with each invoice once': {
    'ignores the cursor, so the list has no end': (right) => ({
      listInvoices: ({ cursor: _, ...filter }) => right.listInvoices(filter),
    }),
    'stops after the first page': (right) => ({
      listInvoices: async (filter) => ({ ...(await right.listInvoices(filter)), nextCursor: null }),
    }),
  },
  'the list of subscriptions has the ended ones too': {
    'drops what has ended from the list': (right) => ({
      listSubscriptions: async (filter) => {
        const page = await right.listSubscriptions(filter)
        return { ...page, data: page.data.filter(({ status }) => status !== 'canceled') }
      },
    }),
  },
  'a paid invoice says when it was paid, and one that is not paid does not': {
    'shows paid without the time': misreading({ invoice: (data) => ({ ...data, paidAt: null }) }),
  },
  'an invoice whose payment failed stays open, with all of it left to pay': {
    'takes the attempt for the payment': misreading({
      invoice: (data) => (data.attemptCount > 0 ? { ...data, amountPaid: data.amountDue, amountRemaining: 0 } : data),
    }),
  },
  'an invoice has the times of its status: finalized unless it is a draft, voided only if it is void': {
    'shows a draft as open': misreading({ invoice: (data) => ({ ...data, finalizedAt: null }) }),
    'shows a voided invoice as open': misreading({ invoice: (data) => ({ ...data, voidedAt: new Date(0) }) }),
  },
  'an invoice that is read shows its payments, those that failed with the reason': {
    'does not ask for the payments': misreading({ invoice: (data) => ({ ...data, payments: null }) }),
    'drops why a payment failed': misreading({
      invoice: (data) => ({
        ...data,
        payments: data.payments?.map((payment) => ({ ...payment, declineCode: null })) ?? null,
      }),
    }),
  },
  'paying an open invoice with a card that is declined leaves it open: a decline, or a link to put it right': {
    'answers paid before the money came': (right) => ({
      payInvoice: async (input) => ({
        outcome: 'paid',
        invoice: await right.retrieveInvoice(input.externalInvoiceId),
      }),
    }),
  },
  'paying what is paid already is a success and takes no money again': {
    'throws when there is nothing left to pay': (right) => ({
      payInvoice: async (input, operation) => {
        const { status } = await right.retrieveInvoice(input.externalInvoiceId)
        if (status === 'paid') throw rejected(right.providerName)
        return abilityOf(right.payInvoice).call(right, input, operation)
      },
    }),
  },
  'paid on demand with a card that works, the invoice is paid and the subscription active again': {
    'sends everybody to the page instead of trying': (right) => ({
      payInvoice: async (input) => ({
        outcome: 'requires_action',
        url: 'https://pay.example.test/',
        invoice: await right.retrieveInvoice(input.externalInvoiceId),
      }),
    }),
  },
})

const priced = (change: (price: PublishPriceInput['price']) => number): Deviate => {
  return (right) => ({
    publishPrice: ({ plan, price }, operation) =>
      right.publishPrice({ plan, price: { ...price, amount: change(price) } }, operation),
  })
}

const money = mistakesAgainst('money', {
  'an amount in JPY, with 0 decimals, is exact to the last minor unit': {
    'charges yen a hundredfold': priced(({ currency, amount }) => (currency === 'JPY' ? amount * 100 : amount)),
  },
  'an amount in EUR, with 2 decimals, is exact to the last minor unit': {
    'drops the cents': priced(({ amount }) => amount - (amount % 100)),
  },
  'an amount in KWD, with 3 decimals, is exact to the last minor unit': {
    'takes fils for cents': priced(({ currency, amount }) => (currency === 'KWD' ? amount / 10 : amount)),
  },
  'amounts are whole minor units': {
    'counts in major units': misreading({ invoice: (data) => ({ ...data, total: data.total / 100 }) }),
    'counts lines in major units': misreading({
      invoice: (data) => ({ ...data, lines: data.lines.map((line) => ({ ...line, amount: line.amount / 100 })) }),
    }),
  },
  'the lines sum to the subtotal': {
    'puts the tax into the lines': misreading({
      invoice: (data) => ({
        ...data,
        lines: [...data.lines, ...data.lines.slice(0, 1).map((line) => ({ ...line, description: 'VAT', amount: 551 }))],
      }),
    }),
    'reads the first line only': misreading({ invoice: (data) => ({ ...data, lines: data.lines.slice(0, 1) }) }),
  },
  'the total is the subtotal less discount plus tax': {
    'takes the subtotal for the total': misreading({ invoice: (data) => ({ ...data, discount: 290 }) }),
  },
  'what is due is the total less the credit that was used, and never below zero': {
    'takes what is left for what was due': misreading({
      invoice: (data) => ({ ...data, amountDue: data.amountRemaining }),
    }),
  },
  'what is paid, left, credited and refunded is never negative, and a paid invoice leaves nothing': {
    'books money with the wrong sign': misreading({ invoice: (data) => ({ ...data, amountPaid: -data.amountPaid }) }),
    'leaves something of a paid invoice': misreading({
      invoice: (data) => ({ ...data, amountRemaining: data.amountDue }),
    }),
  },
  'a currency is an upper-case ISO 4217 code, one for the subscription, its invoices and payments': {
    'passes lower case on, in invoices': misreading({
      invoice: (data) => ({ ...data, currency: data.currency.toLowerCase() }),
    }),
    'passes lower case on, in subscriptions': misreading({
      subscription: (data) => ({ ...data, currency: data.currency.toLowerCase() }),
    }),
  },
  'a cheaper plan gives a negative line and takes no money': {
    'drops the sign of credits': misreading({
      invoice: (data) => ({ ...data, lines: data.lines.map((line) => ({ ...line, amount: Math.abs(line.amount) })) }),
    }),
    'answers a negative amount due': misreading({ invoice: (data) => ({ ...data, amountDue: data.total }) }),
  },
  'credit from a cheaper plan is used by the next invoice, and shown there': {
    'forgets the customer’s credit': misreading({
      invoice: (data) => ({ ...data, creditApplied: 0, amountDue: Math.max(0, data.total) }),
    }),
  },
})

export const wrongBills = [...invoices, ...money]
