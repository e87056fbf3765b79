import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BilledSubscription, invoicesOfCharges } from './charged-invoices.ts'
import type { ChargeData } from './charges.ts'
import type { InvoiceData } from './snapshots.ts'

const anchorAt = new Date('2026-01-31T10:00:00Z')
const at = new Date('2027-01-31T10:00:00Z')
const hourMs = 3_600_000

const subscription = fc.record<BilledSubscription>({
  externalSubscriptionId: fc.constant('sub-1'),
  externalCustomerId: fc.constant('cus-1'),
  currency: fc.constant('EUR'),
  billingAnchorAt: fc.constant(anchorAt),
  trialStart: fc.constantFrom(null, new Date('2026-01-17T10:00:00Z')),
  trialEnd: fc.constant(anchorAt),
  endedAt: fc.constant(null),
  reference: fc.constant({}),
  terms: fc.record({
    externalPriceId: fc.constant('price-1'),
    quantity: fc.constant(1),
    interval: fc.constantFrom('day', 'week', 'month', 'year'),
    intervalCount: fc.integer({ min: 1, max: 3 }),
    amount: fc.constant(1000),
    tax: fc.constantFrom(0, 190),
    setupFee: fc.constantFrom(0, 500, 1000),
  }),
})

/** Whole and half prices, with and without the setup fee, several at once, and what fits nothing; the tax follows from the amount. */
const amounts = [500, 1000, 1190, 595, 1785, 2380, 2190, 3570, 900, 1500, 7].map((amount) => ({
  amount,
  tax: amount % 119 === 0 ? (amount / 119) * 19 : 0,
}))

const charges = fc.uniqueArray(
  fc
    .record({
      no: fc.nat({ max: 50 }),
      status: fc.constantFrom('succeeded', 'succeeded', 'failed', 'failed', 'processing', 'canceled'),
      money: fc.constantFrom(...amounts),
      currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'EUR', 'USD'),
      hours: fc.integer({ min: -400, max: 4000 }),
      refunded: fc.constantFrom(0, 0, 0, 400, 1190),
    })
    .map(
      ({ no, status, money, currency, hours, refunded }): ChargeData => ({
        ...money,
        externalPaymentId: `pay-${no}`,
        externalSubscriptionId: 'sub-1',
        externalCustomerId: 'cus-1',
        status: status as ChargeData['status'],
        currency,
        amountRefunded: status === 'succeeded' ? Math.min(refunded, money.amount) : 0,
        attemptedAt: new Date(anchorAt.getTime() + hours * hourMs),
        nextAttemptAt: null,
        declineCode: null,
        failureMessage: null,
        reference: {},
      }),
    ),
  { selector: ({ externalPaymentId }) => externalPaymentId, maxLength: 14 },
)

const runs = { numRuns: 1000 }

test('Any order and any repetition of the charges makes the same bills', () => {
  const shuffled = charges.chain((set) =>
    fc.tuple(fc.constant(set), fc.shuffledSubarray([...set, ...set], { minLength: set.length * 2 })),
  )
  fc.assert(
    fc.property(subscription, shuffled, (of, [set, again]) => {
      expect(invoicesOfCharges({ subscription: of, charges: again, at })).toEqual(
        invoicesOfCharges({ subscription: of, charges: set, at }),
      )
    }),
    runs,
  )
})

test('Every bill adds up, in one currency, and nothing in it is negative', () => {
  fc.assert(
    fc.property(subscription, charges, (of, set) => {
      for (const bill of invoicesOfCharges({ subscription: of, charges: set, at })) {
        expect(bill.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(bill.subtotal)
        expect(bill.total).toBe(bill.subtotal + bill.tax)
        expect(bill.amountPaid + bill.amountRemaining).toBe(bill.total)
        expect(bill.amountDue).toBe(bill.total)
        expect(Math.min(bill.subtotal, bill.tax, bill.amountPaid, bill.amountRemaining)).toBeGreaterThanOrEqual(0)
        expect(bill.amountRefunded).toBeLessThanOrEqual(bill.amountPaid)
        expect(bill.status).toBe(bill.amountRemaining === 0 ? 'paid' : 'open')
        for (const payment of bill.payments ?? []) expect(payment.currency).toBe(bill.currency)
      }
    }),
    runs,
  )
})

test('All that was collected is on bills, to the last unit and no more, and so is what went back', () => {
  fc.assert(
    fc.property(subscription, charges, (of, set) => {
      const bills = invoicesOfCharges({ subscription: of, charges: set, at })
      for (const { externalPaymentId, status, amount } of set) {
        const parts = bills.flatMap(({ payments }) => payments ?? [])
        const own = parts.filter((part) => part.externalPaymentId === externalPaymentId)
        const allocated = own.reduce((sum, { amountAllocated = 0 }) => sum + amountAllocated, 0)
        expect(allocated).toBe(status === 'succeeded' ? amount : 0)
        expect(own.length > 0).toBe(status !== 'canceled')
      }
      const refunded = set.reduce((sum, { amountRefunded }) => sum + amountRefunded, 0)
      expect(bills.reduce((sum, bill) => sum + bill.amountRefunded, 0)).toBe(refunded)
    }),
    runs,
  )
})

test('One charge more never changes what a bill asks for', () => {
  const asked = ({ externalInvoiceId, currency, subtotal, discount, tax, total }: InvoiceData) =>
    [externalInvoiceId, { currency, subtotal, discount, tax, total }] as const
  fc.assert(
    fc.property(subscription, charges, (of, set) => {
      const before = new Map(invoicesOfCharges({ subscription: of, charges: set.slice(1), at }).map(asked))
      for (const [id, after] of invoicesOfCharges({ subscription: of, charges: set, at }).map(asked))
        expect(after).toEqual(before.get(id) ?? after)
    }),
    runs,
  )
})

test('No cycle is billed twice', () => {
  fc.assert(
    fc.property(subscription, charges, (of, set) => {
      const bills = invoicesOfCharges({ subscription: of, charges: set, at })
      const ids = bills.map(({ externalInvoiceId }) => externalInvoiceId)
      expect(new Set(ids).size).toBe(ids.length)
      const cycles = bills.flatMap(({ periodStart, externalInvoiceId }) =>
        periodStart && !externalInvoiceId.endsWith('/trial') ? periodStart.getTime() : [],
      )
      expect(new Set(cycles).size).toBe(cycles.length)
    }),
    runs,
  )
})
