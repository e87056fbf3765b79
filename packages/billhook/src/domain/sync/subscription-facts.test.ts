import { describe, expect, it } from 'vitest'
import { day, subscriptionRow } from '../../../test/support/samples.ts'
import type { SubscriptionRow } from './store.ts'
import { subscriptionFacts } from './subscription-facts.ts'

type State = Partial<SubscriptionRow>
const ended: State = { status: 'canceled', endedAt: day(20) }

const cases: Array<[string, State | null, State, string[]]> = [
  ['the same again says nothing', {}, {}, []],
  ['a first active state', null, {}, ['created', 'activated', 'entitlements.changed']],
  ['one that waits for its first payment', null, { status: 'incomplete' }, ['created']],
  ['its first payment', { status: 'incomplete' }, {}, ['activated', 'entitlements.changed']],
  ['a new period', {}, { currentPeriodStart: day(31) }, ['renewed']],
  ['a period that is heard of late', { currentPeriodStart: day(31) }, {}, ['updated']],
  ['another price of the plan', {}, { priceId: 'yearly' }, ['plan_changed']],
  ['another plan', {}, { priceId: 'p', planId: 'team' }, ['plan_changed', 'entitlements.changed']],
  ['another quantity', {}, { quantity: 2 }, ['updated', 'entitlements.changed']],
  ['a failed payment', {}, { status: 'past_due' }, ['past_due']],
  ['another failed payment', { status: 'past_due' }, { status: 'unpaid' }, ['updated']],
  ['the money after all', { status: 'unpaid' }, {}, ['recovered']],
  ['the money with a new period', { status: 'past_due' }, { currentPeriodStart: day(31) }, ['renewed', 'recovered']],
  ['a scheduled end', {}, { cancelAt: day(31) }, ['cancel_scheduled']],
  ['another day of the end', { cancelAt: day(31) }, { cancelAt: day(30) }, ['updated']],
  ['an end taken back', { cancelAt: day(31) }, {}, ['cancel_unscheduled']],
  ['the end', { cancelAt: day(20) }, { ...ended, cancelAt: null }, ['canceled', 'entitlements.changed']],
  ['the end heard of first', null, ended, ['created', 'canceled']],
  ['a pause', {}, { status: 'paused', pauseKind: 'service' }, ['paused']],
  ['the end of a pause', { status: 'paused', pauseKind: 'service' }, {}, ['resumed']],
  ['a later end of the trial', { trialEnd: day(3) }, { trialEnd: day(9) }, ['updated']],
  ['paid time alone is told by its invoice', {}, { paidThroughAt: day(60) }, []],
]

describe('what the difference of two states of a subscription says', () => {
  it.each(cases)('%s', (_, before, after, expected) => {
    const facts = subscriptionFacts(before && subscriptionRow(before), {
      row: subscriptionRow(after),
      provider: 'sandbox',
      externalSubscriptionId: 'ext_sub',
    })
    expect(facts.map(({ type }) => type.replace('subscription.', ''))).toEqual(expected)
  })
})
