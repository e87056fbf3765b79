import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChargeData } from './charges.ts'
import { latestCharges } from './latest-charges.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

/** One charge, as it may be told. */
const telling = fc.record<ChargeData>({
  externalPaymentId: fc.constant('pay-1'),
  pendingPaymentId: fc.constantFrom('pay-2', 'pay-3'),
  externalSubscriptionId: fc.constant('sub-1'),
  externalCustomerId: fc.constant('cus-1'),
  status: fc.constantFrom('processing', 'requires_action', 'canceled', 'failed', 'failed', 'succeeded'),
  amount: fc.constantFrom(1000, 1190),
  tax: fc.constantFrom(0, 190),
  currency: fc.constant('EUR'),
  amountRefunded: fc.constantFrom(0, 0, 500),
  attemptedAt: fc.constantFrom(day(1), day(2)),
  nextAttemptAt: fc.constantFrom(null, day(6), day(7)),
  declineCode: fc.constantFrom(null, 'PAYER_CANNOT_PAY', 'EXPIRED'),
  failureMessage: fc.constantFrom(null, 'No'),
  reference: fc.constant({}),
})

test('Of any number of tellings the same one comes out, in whatever order they come and however they are grouped', () => {
  const shuffled = fc
    .array(telling, { minLength: 1, maxLength: 6 })
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.nat(all.length)))
  fc.assert(
    fc.property(shuffled, ([all, again, cut]) => {
      const expected = latestCharges(all)
      expect(latestCharges(again)).toEqual(expected)
      expect(latestCharges([...latestCharges(all.slice(0, cut)), ...latestCharges(all.slice(cut))])).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
})

test('What one telling of an attempt says is not unsaid by another that knows less', () => {
  const [failed] = fc.sample(telling, { numRuns: 1, seed: 1 })
  if (!failed) throw new Error('there is a sample')
  const told = {
    ...failed,
    status: 'failed',
    nextAttemptAt: day(6),
    declineCode: 'EXPIRED',
    failureMessage: 'No',
  } as const
  const listed = { ...told, nextAttemptAt: null, declineCode: null, failureMessage: null }
  expect(latestCharges([told, listed])).toEqual([told])
  expect(latestCharges([listed, told])).toEqual([told])
  const paid = { ...listed, status: 'succeeded' } as const
  expect(latestCharges([told, paid])).toEqual([paid])
})
