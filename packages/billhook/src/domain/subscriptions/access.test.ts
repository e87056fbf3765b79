import { describe, expect, it } from 'vitest'
import { type Access, type AccessFacts, decideAccess } from './access.ts'

const day = (count: number) => new Date(Date.UTC(2026, 0, count))
const now = day(15)
const facts = (change: Partial<AccessFacts>): AccessFacts => ({
  status: 'active',
  paidThroughAt: null,
  graceStartedAt: null,
  graceDays: 7,
  afterGrace: 'block',
  cancelAt: null,
  trialEnd: null,
  pauseKind: null,
  ...change,
})
const until = (date: Date | null, reason: Access['reason']): Access => ({ allowed: true, until: date, reason })
const no = (reason: Access['reason']): Access => ({ allowed: false, until: null, reason })

const cases: Array<[string, Partial<AccessFacts>, Access]> = [
  ['an active one is open-ended', {}, until(null, 'active')],
  ['a trial is open-ended', { status: 'trialing', trialEnd: day(20) }, until(null, 'trialing')],
  ['a scheduled end is the end', { cancelAt: day(20) }, until(day(20), 'active')],
  ['an end that has passed counts, whatever the provider still says', { cancelAt: now }, no('ended')],
  ['paid time outlives such an end', { cancelAt: day(14), paidThroughAt: day(16) }, until(day(16), 'paid_through')],
  [
    'paid time outlives a failed payment',
    { status: 'past_due', paidThroughAt: day(16) },
    until(day(16), 'paid_through'),
  ],
  ['a failed renewal leaves days of grace', { status: 'past_due', graceStartedAt: day(14) }, until(day(21), 'grace')],
  ['grace ends to the moment', { status: 'past_due', graceStartedAt: day(8) }, no('unpaid')],
  ['no grace where the plan gives none', { status: 'past_due', graceStartedAt: now, graceDays: 0 }, no('unpaid')],
  [
    'grace counts from the end of paid time where no failure is known',
    { status: 'past_due', paidThroughAt: day(10) },
    until(day(17), 'grace'),
  ],
  [
    'grace comes before read-only',
    { status: 'past_due', graceStartedAt: day(14), afterGrace: 'read_only' },
    until(day(21), 'grace'),
  ],
  [
    'and leads to it where the plan says so',
    { status: 'past_due', graceStartedAt: day(8), afterGrace: 'read_only' },
    no('read_only'),
  ],
  [
    'at once where it gives no days',
    { status: 'past_due', graceStartedAt: now, graceDays: 0, afterGrace: 'read_only' },
    no('read_only'),
  ],
  ['an unpaid one is read-only then', { status: 'unpaid', afterGrace: 'read_only' }, no('read_only')],
  ['an ended one is not', { status: 'canceled', afterGrace: 'read_only' }, no('ended')],
  [
    'paid time outlives a debt that makes read-only',
    { status: 'unpaid', paidThroughAt: day(16), afterGrace: 'read_only' },
    until(day(16), 'paid_through'),
  ],
  ['an unpaid one gives nothing', { status: 'unpaid', graceStartedAt: day(14) }, no('unpaid')],
  [
    'an unpaid one still has what was paid',
    { status: 'unpaid', paidThroughAt: day(16) },
    until(day(16), 'paid_through'),
  ],
  ['an ended one has what was paid', { status: 'canceled', paidThroughAt: day(16) }, until(day(16), 'paid_through')],
  ['an ended one has no more than that', { status: 'canceled', paidThroughAt: now }, no('ended')],
  ['a pause of collection goes on', { status: 'paused', pauseKind: 'collection' }, until(null, 'paused')],
  ['a pause of the service does not', { status: 'paused', pauseKind: 'service' }, no('paused')],
  ['nothing is had before the first payment', { status: 'incomplete' }, no('incomplete')],
  ['nor after it failed for good', { status: 'incomplete_expired' }, no('incomplete')],
]

describe('access', () => {
  it.each(cases)('%s', (_, change, expected) => {
    expect(decideAccess(facts(change), now)).toEqual(expected)
  })
})
