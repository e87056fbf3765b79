import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeptTerms } from '../../db/schema/index.ts'
import { type ChargeData, invoicesOfCharges, type SubscriptionData } from '../../providers/provider.ts'
import { billedSubscription, termsAfter } from './kept-terms.ts'

const at = (day: number) => new Date(Date.UTC(2026, 0, day, 10))

const terms = {
  externalPriceId: 'price-1',
  quantity: 1,
  interval: 'month' as const,
  intervalCount: 1,
  amount: 1000,
  tax: 0,
  setupFee: 0,
}

/** A subscription as it was told on a day. */
interface Told {
  day: number
  amount: number
  anchor?: number | null
  /** The day since which nothing is collected. */
  stopped?: number
}

const snapshotOf = ({ amount, anchor = 1, stopped }: Told): SubscriptionData => ({
  externalSubscriptionId: 'sub-1',
  externalCustomerId: 'cus-1',
  status: 'active',
  currency: 'EUR',
  items: [],
  currentPeriodStart: null,
  currentPeriodEnd: null,
  billingAnchorAt: anchor === null ? null : at(anchor),
  startedAt: null,
  trialStart: null,
  trialEnd: null,
  cancelAt: null,
  canceledAt: null,
  endedAt: null,
  pause: null,
  latestExternalInvoiceId: null,
  terms: { ...terms, amount },
  collectsNothingSince: stopped === undefined ? null : at(stopped),
  reference: {},
})

/** As the writer would keep it: what is older than the latest one is too old for the present state. */
function kept(all: readonly Told[]): KeptTerms | null {
  let latest = 0
  return all.reduce<KeptTerms | null>((known, told) => {
    const isLatest = told.day >= latest
    latest = Math.max(latest, told.day)
    return termsAfter(known, snapshotOf(told), { seenAt: at(told.day), isLatest })
  }, null)
}

const historyOf = (all: readonly Told[]) =>
  kept(all)?.history.map(({ seenAt, anchorAt, terms: of }) => [seenAt, anchorAt, of.amount])

const story: Told[] = [
  { day: 1, amount: 1000 },
  { day: 2, amount: 1000 },
  { day: 9, amount: 2000 },
  { day: 14, amount: 2000 },
  { day: 20, amount: 3000 },
  { day: 25, amount: 3000, anchor: 25 },
]

test('Terms are kept from when they were first seen, whichever snapshot was heard of first', () => {
  const inOrder = historyOf(story)
  expect(inOrder?.map(([, , amount]) => amount)).toEqual([1000, 2000, 3000, 3000])
  fc.assert(
    fc.property(fc.shuffledSubarray(story, { minLength: story.length }), (order) => {
      expect(historyOf(order)).toEqual(inOrder)
    }),
    { numRuns: 300 },
  )
})

test('Terms that come back are the present ones again', () => {
  const back = [
    { day: 1, amount: 1000 },
    { day: 9, amount: 2000 },
    { day: 20, amount: 1000 },
  ]
  expect(historyOf(back)?.map(([, , amount]) => amount)).toEqual([1000, 2000, 1000])
  expect(historyOf(back.toReversed())?.at(-1)?.[2]).toBe(1000)
})

test('The last stop is remembered, also once it is over and in whatever order it is heard of', () => {
  const stops: Told[] = [
    { day: 2, amount: 1000, stopped: 2 },
    { day: 4, amount: 1000 },
    { day: 8, amount: 1000, stopped: 7 },
    { day: 9, amount: 1000 },
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(stops, { minLength: stops.length }), (order) => {
      expect(kept(order)?.stoppedAt).toBe(at(7).toISOString())
    }),
  )
  expect(kept([{ day: 1, amount: 1000 }])?.stoppedAt).toBeNull()
})

test('What comes late and is old never becomes the present', () => {
  expect(
    kept([
      { day: 9, amount: 2000 },
      { day: 1, amount: 1000 },
    ])?.history.at(-1)?.terms.amount,
  ).toBe(2000)
})

const ids = { externalSubscriptionId: 'sub-1', externalCustomerId: 'cus-1' }
const charge: ChargeData = {
  ...ids,
  externalPaymentId: 'pay-1',
  status: 'succeeded',
  amount: 1000,
  tax: 0,
  currency: 'EUR',
  amountRefunded: 0,
  attemptedAt: at(1),
  nextAttemptAt: null,
  declineCode: null,
  failureMessage: null,
  reference: {},
}

test('Other terms rule the cycles after they were seen; cycles that are counted anew begin where they are counted from', () => {
  const known = kept([
    { day: 1, amount: 1000 },
    { day: 9, amount: 2000 },
    { day: 26, amount: 2000, anchor: 25 },
  ])
  if (!known) throw new Error('it is kept')
  const after = (day: number) => new Date(at(day).getTime() + 1)
  expect(billedSubscription(known, ids).termsHistory?.map(({ from }) => from)).toEqual([after(1), after(9), at(25)])
})

test('Other terms that are seen in the second a cycle begins change no bill of it: its charge says what it costs', () => {
  const known = kept([
    { day: 1, amount: 1000 },
    { day: 32, amount: 2000 },
  ])
  if (!known) throw new Error('it is kept')
  const charged = (amount: number) =>
    invoicesOfCharges({
      subscription: billedSubscription(known, ids),
      charges: [charge, { ...charge, externalPaymentId: 'pay-2', amount, attemptedAt: at(32) }],
      at: at(40),
    }).map(({ externalInvoiceId: id, total, periodStart, status }) => ({ id, total, periodStart, status }))
  const first = { id: 'sub-1/cycle/2026-01-01T10:00:00Z', total: 1000, periodStart: at(1), status: 'paid' }
  const second = { periodStart: at(32), status: 'paid' }
  expect(charged(1000)).toEqual([first, { id: 'sub-1/cycle/2026-02-01T10:00:00Z', total: 1000, ...second }])
  expect(charged(2000)).toEqual([first, { id: 'sub-1/charge/pay-2', total: 2000, ...second }])
})

test('What has not begun is kept without terms, and a provider that tells none keeps none', () => {
  expect(kept([{ day: 1, amount: 1000, anchor: null }])).toMatchObject({ currency: 'EUR', history: [] })
  const { terms: _, ...silent } = snapshotOf({ day: 1, amount: 0 })
  expect(termsAfter(null, silent, { seenAt: at(1), isLatest: true })).toBeNull()
})
