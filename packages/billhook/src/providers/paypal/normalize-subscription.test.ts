import { describe, expect, it } from 'vitest'
import { euros, monthly, normalized, withTrialCycle } from './testing/sample-objects.ts'

const at = (text: string) => new Date(text)
const failed = { amount: euros('49.0'), time: '2026-02-28T10:15:00Z', reason_code: 'PAYER_CANNOT_PAY' }

describe('a subscription', () => {
  it('has one item, named after it, and the terms that its bills are written from', () => {
    expect(normalized({ more: { quantity: '3' } })).toMatchObject({
      externalSubscriptionId: 'I-1',
      externalCustomerId: 'paypal_bhorg_1',
      status: 'active',
      currency: 'EUR',
      items: [{ externalItemId: 'I-1', externalPriceId: 'P-1', quantity: 3 }],
      terms: { externalPriceId: 'P-1', quantity: 3, interval: 'month', intervalCount: 1, amount: 14_700, tax: 0 },
      reference: { organizationId: 'bhorg_1', checkoutSessionId: 'bhcs_1' },
      cancelAt: null,
      pause: null,
    })
  })

  it.each(['1.5', '0', '-1', 'many'])('to %s pieces is not guessed at', (quantity) => {
    expect(() => normalized({ more: { quantity } })).toThrow('pieces')
  })

  it('without a start is not guessed at', () => {
    expect(() => normalized({ more: { start_time: 'soon', create_time: null } })).toThrow('no start')
  })
})

describe('the status', () => {
  it.each([
    ['APPROVAL_PENDING', {}, 'incomplete'],
    ['APPROVED', {}, 'incomplete'],
    ['ACTIVE', {}, 'active'],
    ['ACTIVE', { outstanding_balance: euros('10.5') }, 'past_due'],
    ['ACTIVE', { failed_payments_count: 1 }, 'past_due'],
    ['ACTIVE', { last_failed_payment: failed }, 'past_due'],
    ['SUSPENDED', { failed_payments_count: 2, outstanding_balance: euros('98.0') }, 'unpaid'],
    ['SUSPENDED', { failed_payments_count: 2, outstanding_balance: undefined }, 'unpaid'],
    ['SUSPENDED', { failed_payments_count: 1, outstanding_balance: euros('49.0') }, 'paused'],
    // Collected, or forgiven: whoever is to go on need not pay first.
    ['SUSPENDED', { failed_payments_count: 2, outstanding_balance: euros('0.0') }, 'paused'],
    ['SUSPENDED', {}, 'paused'],
    ['CANCELLED', { outstanding_balance: euros('10.5') }, 'canceled'],
    ['EXPIRED', {}, 'canceled'],
  ])('of %s with %j is %s', (status, info, expected) => {
    expect(normalized({ info, more: { status } }).status).toBe(expected)
  })

  it('is active again once a payment is newer than the failure', () => {
    const info = { last_failed_payment: failed, last_payment: { amount: euros('49.0'), time: '2026-03-05T10:15:00Z' } }
    expect(normalized({ info }).status).toBe('active')
  })

  it('of one that was suspended by a plan without a threshold is a pause', () => {
    const info = { failed_payments_count: 7 }
    const data = normalized({ plan: monthly({ threshold: 0 }), info, more: { status: 'SUSPENDED' } })
    expect(data).toMatchObject({ status: 'paused', pause: { kind: 'service', from: at('2026-01-31T12:41:00Z') } })
  })

  it('that nobody knows is not guessed at', () => {
    expect(() => normalized({ more: { status: 'DORMANT' } })).toThrow('DORMANT')
  })

  it('of what has ended says when, and that it was cancelled', () => {
    const more = { status_update_time: '2026-02-10T00:00:00Z' }
    const ended = { endedAt: at('2026-02-10T00:00:00Z'), cancelAt: null }
    expect(normalized({ more: { ...more, status: 'CANCELLED' } })).toMatchObject({
      ...ended,
      canceledAt: ended.endedAt,
    })
    expect(normalized({ more: { ...more, status: 'EXPIRED' } })).toMatchObject({ ...ended, canceledAt: null })
  })
})

describe('the period', () => {
  const next = (next_billing_time: string | undefined, more: object = {}) => {
    const { currentPeriodStart: start, currentPeriodEnd: end } = normalized({ info: { next_billing_time }, ...more })
    return [start?.toISOString(), end?.toISOString()]
  }

  it.each([
    ['2026-02-28T10:00:00Z', '2026-01-31', '2026-02-28'],
    ['2026-03-30T10:00:00Z', '2026-02-28', '2026-03-31'],
    ['2026-03-31T10:00:00Z', '2026-02-28', '2026-03-31'],
    ['2026-04-01T10:00:00Z', '2026-02-28', '2026-03-31'],
    ['2026-05-01T10:00:00Z', '2026-03-31', '2026-04-30'],
    ['2036-01-31T10:00:00Z', '2035-12-31', '2036-01-31'],
  ])(
    'is counted in months from the day of the kept start, whatever day before or after it %s is',
    (time, start, end) => {
      expect(next(time)).toEqual([`${start}T10:00:00.000Z`, `${end}T10:00:00.000Z`])
    },
  )

  it('is the next one already when PayPal still shows the time of the charge that was just made', () => {
    const last_payment = { amount: euros('49.0'), time: '2026-02-28T10:13:00Z' }
    const { currentPeriodEnd } = normalized({ info: { last_payment } })
    expect(currentPeriodEnd).toEqual(at('2026-03-31T10:00:00Z'))
  })

  it.each(['CANCELLED', 'SUSPENDED'])('of a %s one without a next charge is the last that was charged', (status) => {
    expect(next(undefined, { completed: 3, more: { status } })).toEqual([
      '2026-03-31T10:00:00.000Z',
      '2026-04-30T10:00:00.000Z',
    ])
  })

  it.each([
    ['2026-12-01T00:07:27Z', '2026-12-30T10:00:00Z', '2026-11-30T10:00:00.000Z'],
    ['2026-07-01T06:59:59Z', '2026-07-30T10:00:00Z', '2026-06-30T10:00:00.000Z'],
    ['2026-07-01T07:30:00Z', '2026-08-01T10:00:00Z', '2026-07-01T07:30:00.000Z'],
  ])('of one that began at %s is counted from its day in California', (start_time, next_billing_time, anchor) => {
    const { billingAnchorAt, currentPeriodEnd } = normalized({ info: { next_billing_time }, more: { start_time } })
    expect(billingAnchorAt?.toISOString()).toBe(anchor)
    expect(currentPeriodEnd?.toISOString().slice(0, 10)).toBe(next_billing_time.slice(0, 10))
  })

  it('of days is told apart although charges are hours off', () => {
    const plan = monthly({ unit: 'DAY' })
    expect(next('2026-02-01T10:00:00Z', { plan })).toEqual(['2026-01-31T10:00:00.000Z', '2026-02-01T10:00:00.000Z'])
    expect(next('2026-02-05T20:00:00Z', { plan })).toEqual(['2026-02-04T10:00:00.000Z', '2026-02-05T10:00:00.000Z'])
  })

  it('of another length, changed to on the way, is counted back from the next charge', () => {
    const plan = monthly({ unit: 'YEAR' })
    expect(next('2027-02-28T10:00:00Z', { plan })).toEqual(['2026-02-28T10:00:00.000Z', '2027-02-28T10:00:00.000Z'])
    expect(normalized({ plan, info: { next_billing_time: '2027-02-28T10:00:00Z' } }).billingAnchorAt).toEqual(
      at('2026-02-28T10:00:00Z'),
    )
  })
})

describe('a trial', () => {
  const inTrial = { completed: 0, info: { last_payment: null, next_billing_time: '2026-02-14T10:00:00Z' } }
  const putOff = { start_time: '2026-02-14T12:34:56Z' }
  const trial = { trialStart: at('2026-01-31T12:40:00Z'), trialEnd: at('2026-02-14T12:34:56Z') }

  it('is a start that was put off', () => {
    expect(normalized({ ...inTrial, more: putOff })).toMatchObject({
      ...trial,
      status: 'trialing',
      currentPeriodStart: trial.trialStart,
      currentPeriodEnd: trial.trialEnd,
      billingAnchorAt: at('2026-02-14T10:00:00Z'),
    })
  })

  it('is over with the first regular charge, which the months are counted from', () => {
    const info = {
      last_payment: { amount: euros('49.0'), time: '2026-02-14T10:13:00Z' },
      next_billing_time: '2026-03-14T10:00:00Z',
    }
    expect(normalized({ info, completed: 1, more: putOff })).toMatchObject({
      ...trial,
      status: 'active',
      currentPeriodStart: at('2026-02-14T10:00:00Z'),
      currentPeriodEnd: at('2026-03-14T10:00:00Z'),
    })
  })

  it('whose first charge fails is past due', () => {
    const info = { ...inTrial.info, last_failed_payment: { ...failed, time: '2026-02-14T10:13:00Z' } }
    expect(normalized({ info, completed: 0, more: putOff }).status).toBe('past_due')
  })

  it('in a plan made elsewhere is read too, though PayPal calls its cycle completed on the first day', () => {
    const cycle_executions = [
      { tenure_type: 'TRIAL', sequence: 1, cycles_completed: 1, cycles_remaining: 0, total_cycles: 1 },
      { tenure_type: 'REGULAR', sequence: 2, cycles_completed: 0, cycles_remaining: 0, total_cycles: 0 },
    ]
    const info = { cycle_executions, last_payment: null, next_billing_time: '2026-02-14T10:00:00Z' }
    expect(normalized({ plan: withTrialCycle(), info })).toMatchObject({
      status: 'trialing',
      trialStart: at('2026-01-31T12:34:56Z'),
      trialEnd: at('2026-02-14T10:00:00Z'),
    })
  })

  it('is none where the buyer only took his time to approve', () => {
    expect(normalized({ more: { create_time: '2026-01-31T15:30:00Z' } })).toMatchObject({
      trialEnd: null,
      status: 'active',
    })
  })
})

it('a finite plan from elsewhere ends with its last cycle', () => {
  const [cycle] = monthly().billing_cycles
  const plan = { ...monthly(), billing_cycles: [{ ...cycle, total_cycles: 1 }] }
  expect(normalized({ plan }).cancelAt).toEqual(at('2026-02-28T10:00:00Z'))
})
