import { expect, test } from 'vitest'
import { type BilledSubscription, invoicesOfCharges } from './charged-invoices.ts'
import type { ChargeData } from './charges.ts'

const at = new Date('2027-06-01T00:00:00Z')
const day = (text: string) => new Date(`${text}T10:00:00Z`)

const subscription: BilledSubscription = {
  externalSubscriptionId: 'sub-1',
  externalCustomerId: 'cus-1',
  currency: 'EUR',
  billingAnchorAt: day('2026-01-31'),
  trialStart: null,
  trialEnd: null,
  endedAt: null,
  reference: {},
  terms: {
    externalPriceId: 'price-1',
    quantity: 2,
    interval: 'month',
    intervalCount: 1,
    amount: 1000,
    tax: 190,
    setupFee: 0,
  },
}

function charge(id: string, on: string, more: Partial<ChargeData> = {}): ChargeData {
  return {
    externalPaymentId: id,
    externalSubscriptionId: 'sub-1',
    externalCustomerId: 'cus-1',
    status: 'succeeded',
    amount: 1190,
    tax: 190,
    currency: 'EUR',
    amountRefunded: 0,
    attemptedAt: day(on),
    nextAttemptAt: null,
    declineCode: null,
    failureMessage: null,
    reference: {},
    ...more,
  }
}

const failed = (id: string, on: string, more: Partial<ChargeData> = {}) =>
  charge(id, on, { status: 'failed', declineCode: 'card_declined', ...more })

/** What is asked and what came in, of each bill. */
const billsOf = (charges: ChargeData[], more: Partial<BilledSubscription> = {}) =>
  invoicesOfCharges({ subscription: { ...subscription, ...more }, charges, at }).map((bill) => ({
    id: named(bill.externalInvoiceId),
    status: bill.status,
    total: bill.total,
    paid: bill.amountPaid,
  }))

/** Cycles by their number, which is easier to read than their start. */
const named = (id: string) =>
  id.replace('sub-1/', '').replace(/cycle\/(.*)T10:00:00Z/, (_, start: string) => `cycle/${starts.indexOf(start) + 1}`)
const starts = ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']

test('A cycle is counted from the kept anchor, and a charge some hours late or early is for the cycle it is near to', () => {
  const [first, second, third] = invoicesOfCharges({
    subscription,
    charges: [
      charge('a', '2026-01-31', { attemptedAt: new Date('2026-01-31T15:00:00Z') }),
      charge('b', '2026-02-27', { attemptedAt: new Date('2026-02-27T16:00:00Z') }),
      charge('c', '2026-03-31', { attemptedAt: new Date('2026-04-02T03:00:00Z') }),
    ],
    at,
  })
  expect(first).toMatchObject({
    externalInvoiceId: 'sub-1/cycle/2026-01-31T10:00:00Z',
    periodStart: day('2026-01-31'),
    periodEnd: day('2026-02-28'),
    billingReason: 'subscription_create',
    subtotal: 1000,
    tax: 190,
    total: 1190,
    lines: [{ amount: 1000, quantity: 2, externalPriceId: 'price-1' }],
  })
  expect(second).toMatchObject({ externalInvoiceId: 'sub-1/cycle/2026-02-28T10:00:00Z', periodEnd: day('2026-03-31') })
  expect(third).toMatchObject({ externalInvoiceId: 'sub-1/cycle/2026-03-31T10:00:00Z', periodEnd: day('2026-04-30') })
})

test('A failed attempt makes an open bill of its cycle, which a later charge pays', () => {
  const first = charge('a', '2026-01-31')
  const no = failed('b', '2026-02-28', { nextAttemptAt: day('2026-03-05') })
  const [, open] = invoicesOfCharges({ subscription, charges: [first, no], at })
  expect(open).toMatchObject({ status: 'open', attemptCount: 1, nextPaymentAttemptAt: day('2026-03-05') })
  const [, paid] = invoicesOfCharges({ subscription, charges: [first, no, charge('c', '2026-03-05')], at })
  expect(paid).toMatchObject({ status: 'paid', attemptCount: 2, nextPaymentAttemptAt: null, paidAt: day('2026-03-05') })
})

test('What was planned before a provider stopped collecting is off, and what is planned after it is not', () => {
  const no = failed('b', '2026-02-28', { nextAttemptAt: day('2026-03-05') })
  const plannedFor = (more: Partial<BilledSubscription>) =>
    invoicesOfCharges({ subscription: { ...subscription, ...more }, charges: [no], at })[0]?.nextPaymentAttemptAt
  expect(plannedFor({ collectsNothingSince: day('2026-03-01') })).toBeNull()
  expect(plannedFor({ collectsNothingSince: no.attemptedAt })).toBeNull()
  expect(plannedFor({ collectsNothingSince: day('2026-02-27') })).toEqual(day('2026-03-05'))
  expect(plannedFor({ collectsNothingSince: null })).toEqual(day('2026-03-05'))
  expect(plannedFor({ endedAt: day('2026-02-28') })).toBeNull()
})

test('A charge of more than its cycle pays the oldest open bills', () => {
  const owed = [failed('a', '2026-01-31'), failed('b', '2026-02-28')]
  expect(billsOf([...owed, charge('c', '2026-03-31', { amount: 3570, tax: 570 })])).toEqual([
    { id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/2', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/3', status: 'paid', total: 1190, paid: 1190 },
  ])
  expect(billsOf([...owed, charge('c', '2026-03-31', { amount: 2380, tax: 380 })])).toEqual([
    { id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/2', status: 'open', total: 1190, paid: 0 },
    { id: 'cycle/3', status: 'paid', total: 1190, paid: 1190 },
  ])
})

test('Part of what a cycle costs leaves the rest of it open', () => {
  expect(billsOf([failed('a', '2026-01-31'), charge('b', '2026-02-03', { amount: 400, tax: 64 })])).toEqual([
    { id: 'cycle/1', status: 'open', total: 1190, paid: 400 },
  ])
})

test('A surplus that is the price of cycles nobody told of is theirs', () => {
  expect(billsOf([charge('a', '2026-01-31'), charge('d', '2026-04-30', { amount: 3570, tax: 570 })])).toEqual([
    { id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/2', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/3', status: 'paid', total: 1190, paid: 1190 },
    { id: 'cycle/4', status: 'paid', total: 1190, paid: 1190 },
  ])
})

test('A charge at another price is the bill of its cycle, with its own amounts', () => {
  const [dearer, cheaper] = invoicesOfCharges({
    subscription,
    charges: [
      failed('a', '2026-01-31', { amount: 1500, tax: 300 }),
      charge('b', '2026-02-03', { amount: 1500, tax: 300 }),
      failed('c', '2026-02-28', { amount: 900, tax: 0 }),
    ],
    at,
  })
  expect(dearer).toMatchObject({
    externalInvoiceId: 'sub-1/charge/b',
    subtotal: 1200,
    tax: 300,
    amountPaid: 1500,
    attemptCount: 2,
    periodEnd: day('2026-02-28'),
  })
  expect(cheaper).toMatchObject({ externalInvoiceId: 'sub-1/charge/c', total: 900, status: 'open' })
})

test('What is charged twice for a cycle is a bill of its own, which buys no time', () => {
  const [, twice] = invoicesOfCharges({
    subscription,
    charges: [charge('a', '2026-01-31'), charge('b', '2026-02-01')],
    at,
  })
  expect(twice).toMatchObject({ externalInvoiceId: 'sub-1/charge/b', periodEnd: null, billingReason: 'manual' })
})

test('A released hold and a repeated sale are the same charge', () => {
  const held = charge('a', '2026-01-31', { status: 'processing' })
  expect(billsOf([held])).toEqual([{ id: 'cycle/1', status: 'open', total: 1190, paid: 0 }])
  const once = [{ id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 }]
  expect(billsOf([held, charge('a', '2026-01-31')])).toEqual(once)
  expect(billsOf([charge('a', '2026-01-31'), held])).toEqual(once)
})

test('A trial has one bill over nothing, which is paid', () => {
  const trial = { trialStart: day('2026-01-17'), trialEnd: day('2026-01-31') }
  expect(billsOf([charge('a', '2026-01-31')], trial)).toEqual([
    { id: 'trial', status: 'paid', total: 0, paid: 0 },
    { id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 },
  ])
  const [bill] = invoicesOfCharges({ subscription: { ...subscription, ...trial }, charges: [], at })
  expect(bill).toMatchObject({ periodStart: day('2026-01-17'), periodEnd: day('2026-01-31'), lines: [{ amount: 0 }] })
})

test('A setup fee is a bill of its own, charged by itself, with the first cycle, or during the trial', () => {
  const terms = { ...must(subscription.terms), setupFee: 500 }
  const fee = (on: string) => charge('fee', on, { amount: 595, tax: 95 })
  const both = [
    { id: 'setup/95', status: 'paid', total: 595, paid: 595 },
    { id: 'cycle/1', status: 'paid', total: 1190, paid: 1190 },
  ]
  const byId = (bills: ReturnType<typeof billsOf>) => bills.toSorted((a, b) => (a.id > b.id ? -1 : 1))
  expect(byId(billsOf([fee('2026-01-31'), charge('a', '2026-01-31')], { terms }))).toEqual(both)
  expect(byId(billsOf([charge('a', '2026-01-31', { amount: 1785, tax: 285 })], { terms }))).toEqual(both)
  expect(byId(billsOf([fee('2026-01-20'), charge('a', '2026-01-31')], { terms }))).toEqual(both)
})

test('A refund of a charge that paid several bills goes back from the newest on', () => {
  const charges = [
    failed('a', '2026-01-31'),
    charge('b', '2026-02-28', { amount: 2380, tax: 380, amountRefunded: 1500 }),
  ]
  const refunded = invoicesOfCharges({ subscription, charges, at }).map(({ amountRefunded }) => amountRefunded)
  expect(refunded).toEqual([310, 1190])
})

test('Terms that ruled before are kept to: their cycles keep their prices and ends', () => {
  const monthly = must(subscription.terms)
  const yearly = { ...monthly, externalPriceId: 'price-2', interval: 'year' as const, amount: 10_000, tax: 1900 }
  const termsHistory = [
    { from: day('2026-01-31'), anchorAt: day('2026-01-31'), terms: monthly },
    { from: day('2026-03-15'), anchorAt: day('2026-03-15'), terms: yearly },
  ]
  const bills = invoicesOfCharges({
    subscription: { ...subscription, terms: yearly, billingAnchorAt: day('2026-03-15'), termsHistory },
    charges: [
      charge('a', '2026-01-31'),
      charge('b', '2026-02-28'),
      charge('c', '2026-03-15', { amount: 11_900, tax: 1900 }),
    ],
    at,
  })
  expect(bills.map(({ externalInvoiceId, total, periodEnd }) => [externalInvoiceId, total, periodEnd])).toEqual([
    ['sub-1/cycle/2026-01-31T10:00:00Z', 1190, day('2026-02-28')],
    ['sub-1/cycle/2026-02-28T10:00:00Z', 1190, day('2026-03-31')],
    ['sub-1/cycle/2026-03-15T10:00:00Z', 11_900, day('2027-03-15')],
  ])
})

test('Amounts of two currencies never meet on a bill', () => {
  const bills = billsOf([failed('a', '2026-01-31'), charge('b', '2026-02-02', { currency: 'USD' })])
  expect(bills).toEqual([
    { id: 'cycle/1', status: 'open', total: 1190, paid: 0 },
    { id: 'charge/b', status: 'paid', total: 1190, paid: 1190 },
  ])
})

test('What was called off makes no bill, and what has not begun has none', () => {
  expect(billsOf([charge('a', '2026-01-31', { status: 'canceled' })])).toEqual([])
  expect(billsOf([charge('a', '2026-01-31')], { billingAnchorAt: null })).toEqual([])
})

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is there')
  return value
}
