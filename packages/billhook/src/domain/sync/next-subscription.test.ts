import { describe, expect, it } from 'vitest'
import { day, subscriptionData, subscriptionRow } from '../../../test/support/samples.ts'
import type { SubscriptionData, SubscriptionItemData } from '../../providers/provider.ts'
import { choosePlanItem, type NextState, nextSubscription } from './next-subscription.ts'
import type { SubscriptionRow } from './store.ts'

const next = (
  current: Partial<SubscriptionRow> | null,
  snapshot: Partial<SubscriptionData>,
  { observedAt = day(20), immediateEndIsMeant = true } = {},
): NextState =>
  nextSubscription({
    current: current && subscriptionRow(current),
    snapshot: subscriptionData(snapshot),
    planId: 'plan',
    priceId: 'price',
    quantity: 1,
    observedAt,
    immediateEndIsMeant,
  })

type Case = [string, Partial<SubscriptionRow> | null, Partial<SubscriptionData>, Partial<NextState['values']>]
const cases: Case[] = [
  ['nothing is paid before an invoice says so', null, {}, { status: 'active', paidThroughAt: null, endedAt: null }],
  ['a trial counts as paid to its end', null, { status: 'trialing', trialEnd: day(14) }, { paidThroughAt: day(14) }],
  [
    'a shorter trial takes nothing back',
    { paidThroughAt: day(20) },
    { status: 'trialing', trialEnd: day(14) },
    { paidThroughAt: day(20) },
  ],
  [
    'a period that is not told stays',
    {},
    { currentPeriodStart: null, currentPeriodEnd: null },
    { currentPeriodEnd: day(31) },
  ],
  ['debt starts at the first failure heard of', {}, { status: 'past_due' }, { graceStartedAt: day(20) }],
  ['a retry does not move it', { graceStartedAt: day(2) }, { status: 'unpaid' }, { graceStartedAt: day(2) }],
  ['paying ends it', { graceStartedAt: day(2) }, { status: 'active' }, { graceStartedAt: null }],
  ['an end that is taken back is gone', { cancelAt: day(31) }, {}, { cancelAt: null, nextActionAt: day(31) }],
  [
    'the next thing to do is the scheduled end',
    {},
    { cancelAt: day(25) },
    { cancelAt: day(25), nextActionAt: day(25) },
  ],
  [
    'what has ended has nothing to do',
    {},
    { status: 'canceled', endedAt: day(20) },
    { nextActionAt: null, canceledAt: day(20) },
  ],
  ['an end without a time is when it was heard of', {}, { status: 'canceled' }, { endedAt: day(20) }],
  ['only what was canceled has ended', {}, { status: 'active', endedAt: day(3) }, { endedAt: null }],
  [
    'a pause is kept with its kind',
    {},
    { status: 'paused', pause: { kind: 'collection', from: day(2), resumesAt: day(9) } },
    { pauseKind: 'collection', pauseFrom: day(2), pauseResumesAt: day(9) },
  ],
]

describe('the next state of a subscription', () => {
  it.each(cases)('%s', (_, current, snapshot, expected) => {
    expect(next(current, snapshot).values).toMatchObject(expected)
  })

  it('gives up paid time at an end that was meant to be immediate, and says so', () => {
    const ended = next({}, { status: 'canceled', endedAt: day(10) })
    expect(ended).toMatchObject({ endsNow: true, values: { paidThroughAt: day(10) } })
  })
  it('keeps paid time where the provider knows no other way to end', () => {
    const ended = next({}, { status: 'canceled', endedAt: day(10) }, { immediateEndIsMeant: false })
    expect(ended).toMatchObject({ endsNow: false, values: { paidThroughAt: day(31) } })
  })
})

describe('the item that decides the plan', () => {
  const item = (
    externalItemId: string,
    externalPriceId: string,
    quantity: number | null = 1,
  ): SubscriptionItemData => ({
    externalItemId,
    externalPriceId,
    quantity,
  })
  const price = (externalPriceId: string, planId: string, productLine = 'main') => ({
    externalPriceId,
    priceId: `our_${externalPriceId}`,
    amount: 1000,
    currency: 'EUR',
    planId,
    productLine,
  })
  const mapped = [price('team', 'team'), price('pro', 'pro'), price('addon', 'addon', 'addons'), price('usage', 'team')]
  const chosen = (items: SubscriptionItemData[], current: { planId: string; productLine: string } | null = null) =>
    choosePlanItem(items, mapped, current)?.item.externalPriceId ?? null
  const onPro = { planId: 'pro', productLine: 'main' }

  it.each([
    ['is none where nothing is mapped', [item('a', 'foreign')], null, null],
    ['is found by mapping, never by position', [item('a', 'foreign'), item('b', 'team')], null, 'team'],
    ['is one of the present plan first', [item('a', 'team'), item('b', 'pro')], onPro, 'pro'],
    ['is one of the product line next', [item('a', 'addon'), item('b', 'team')], onPro, 'team'],
    ['is licensed before it is metered', [item('a', 'usage', null), item('b', 'team')], null, 'team'],
    ['is any that is mapped at last', [item('a', 'addon')], onPro, 'addon'],
  ] as const)('%s', (_, items, current, expected) => {
    expect(chosen([...items], current)).toBe(expected)
    expect(chosen([...items].reverse(), current)).toBe(expected)
  })
})
