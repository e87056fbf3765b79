import { describe, expect, it } from 'vitest'
import { type Cycle, usageWindowAt } from './usage-window.ts'

const at = (text: string) => new Date(text)
const monthly: Cycle = {
  billingAnchorAt: at('2026-01-31T10:00:00Z'),
  currentPeriodStart: at('2026-02-28T10:00:00Z'),
  currentPeriodEnd: at('2026-03-31T10:00:00Z'),
  ...{ interval: 'month', intervalCount: 1 },
}
const yearly: Cycle = {
  billingAnchorAt: at('2026-01-31T10:00:00Z'),
  currentPeriodStart: at('2026-01-31T10:00:00Z'),
  currentPeriodEnd: at('2027-01-31T10:00:00Z'),
  ...{ interval: 'year', intervalCount: 1 },
}
const windowAt = (
  window: Parameters<typeof usageWindowAt>[0]['window'],
  now: string,
  cycle: Cycle | null = monthly,
  timeZone = 'UTC',
) => {
  const { start, end } = usageWindowAt({ window, cycle, now: at(now), timeZone })
  return [start.toISOString().slice(0, 16), end?.toISOString().slice(0, 16) ?? null]
}

describe('windows of usage', () => {
  it('are the provider’s period while it runs', () => {
    expect(windowAt('billing_period', '2026-02-28T10:00:00Z')).toEqual(['2026-02-28T10:00', '2026-03-31T10:00'])
    expect(windowAt('billing_period', '2026-03-31T09:59:59.999Z')).toEqual(['2026-02-28T10:00', '2026-03-31T10:00'])
  })
  it('begin anew where the period ends, whether the renewal was heard of or not', () => {
    expect(windowAt('billing_period', '2026-03-31T10:00:00Z')).toEqual(['2026-03-31T10:00', '2026-04-30T10:00'])
    expect(windowAt('billing_period', '2026-05-15T00:00:00Z')).toEqual(['2026-04-30T10:00', '2026-05-31T10:00'])
  })
  it('begin where the provider’s period ended, though it counts in another zone', () => {
    // The organization's clocks went forward on 29 March: its own boundary would be an hour earlier.
    for (const now of ['2026-03-31T09:30:00Z', '2026-03-31T10:30:00Z']) {
      const [start] = windowAt('billing_period', now, monthly, 'Europe/Berlin')
      expect(start).toBe(now < '2026-03-31T10' ? '2026-02-28T10:00' : '2026-03-31T10:00')
    }
    expect(windowAt('billing_period', '2026-03-31T10:00:00Z', monthly, 'America/New_York')[0]).toBe('2026-03-31T10:00')
  })
  it('are months from the anchor, of a yearly subscription too, where that is asked', () => {
    expect(windowAt('billing_month', '2026-03-15T00:00:00Z', yearly)).toEqual(['2026-02-28T10:00', '2026-03-31T10:00'])
    expect(windowAt('billing_period', '2026-03-15T00:00:00Z', yearly)).toEqual(['2026-01-31T10:00', '2027-01-31T10:00'])
  })
  it('are the calendar’s months of the organization’s zone without a subscription, and where that is asked', () => {
    expect(windowAt('billing_period', '2026-03-31T23:00:00Z', null, 'Europe/Berlin')).toEqual([
      '2026-03-31T22:00',
      '2026-04-30T22:00',
    ])
    expect(windowAt('calendar_month', '2026-03-31T23:00:00Z', monthly, 'America/New_York')).toEqual([
      '2026-03-01T05:00',
      '2026-04-01T04:00',
    ])
  })
  it('reach back from now, or for ever', () => {
    expect(windowAt({ rolling: 'PT24H' }, '2026-03-29T12:00:00Z', null, 'Europe/Berlin')).toEqual([
      '2026-03-28T12:00',
      null,
    ])
    expect(windowAt({ rolling: 'P1D' }, '2026-03-29T12:00:00Z', null, 'Europe/Berlin')).toEqual([
      '2026-03-28T13:00',
      null,
    ])
    expect(windowAt('lifetime', '2026-03-29T12:00:00Z')).toEqual(['1970-01-01T00:00', null])
  })
})
