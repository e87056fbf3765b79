import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvariantError } from './errors.ts'
import {
  addDuration,
  calendarMonthAt,
  type Interval,
  isTimeZone,
  type PeriodCalendar,
  periodAt,
  periodBoundary,
} from './period.ts'

fc.configureGlobal({ seed: 20260131 })

const date = (text: string) => new Date(text)
const calendar = (anchor: string, interval: Interval, timeZone = 'UTC', intervalCount = 1): PeriodCalendar => ({
  anchorAt: date(anchor),
  interval,
  intervalCount,
  timeZone,
})
const starts = (of: PeriodCalendar, ordinals: number[]) =>
  ordinals.map((ordinal) =>
    periodBoundary({ ...of, ordinal })
      .toISOString()
      .replace('.000Z', 'Z'),
  )

describe('periodBoundary', () => {
  it('comes back to the 31st after a short month', () => {
    expect(starts(calendar('2026-01-31T10:00:00Z', 'month'), [0, 1, 2, 3, 13, 25])).toEqual([
      '2026-01-31T10:00:00Z',
      '2026-02-28T10:00:00Z',
      '2026-03-31T10:00:00Z',
      '2026-04-30T10:00:00Z',
      '2027-02-28T10:00:00Z',
      '2028-02-29T10:00:00Z',
    ])
  })

  it('comes back to 29 February in leap years', () => {
    expect(starts(calendar('2024-02-29T00:00:00Z', 'year'), [1, 3, 4])).toEqual([
      '2025-02-28T00:00:00Z',
      '2027-02-28T00:00:00Z',
      '2028-02-29T00:00:00Z',
    ])
  })

  it('counts several intervals as one period', () => {
    expect(starts(calendar('2026-08-31T00:00:00Z', 'month', 'UTC', 6), [1, 2])).toEqual([
      '2027-02-28T00:00:00Z',
      '2027-08-31T00:00:00Z',
    ])
    expect(starts(calendar('2026-01-01T00:00:00Z', 'week', 'UTC', 2), [1, 2])).toEqual([
      '2026-01-15T00:00:00Z',
      '2026-01-29T00:00:00Z',
    ])
  })
})

describe('periodBoundary in a time zone', () => {
  it('keeps the wall-clock time of the zone over a change of its offset', () => {
    expect(starts(calendar('2026-03-01T09:00:00Z', 'month', 'Europe/Berlin'), [0, 1])).toEqual([
      '2026-03-01T09:00:00Z',
      '2026-04-01T08:00:00Z',
    ])
  })

  it('takes the day of the month from the zone and not from UTC', () => {
    // 31 January 23:30 UTC is already 1 February in Berlin.
    expect(starts(calendar('2026-01-31T23:30:00Z', 'month', 'Europe/Berlin'), [1])).toEqual(['2026-02-28T23:30:00Z'])
    expect(starts(calendar('2026-01-31T23:30:00Z', 'month', 'UTC'), [2])).toEqual(['2026-03-31T23:30:00Z'])
  })

  it('moves a time inside a gap forward and returns to the old time afterwards', () => {
    // Berlin skips 02:00 to 03:00 on 29 March 2026.
    expect(starts(calendar('2026-03-28T01:30:00Z', 'day', 'Europe/Berlin'), [0, 1, 2])).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:30:00Z',
    ])
  })

  it('takes the first of two equal wall-clock times', () => {
    // Berlin repeats 02:00 to 03:00 on 25 October 2026.
    expect(starts(calendar('2026-10-24T00:30:00Z', 'day', 'Europe/Berlin'), [0, 1, 2])).toEqual([
      '2026-10-24T00:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ])
  })

  it('keeps an anchor in the second of two equal wall-clock times as it is', () => {
    expect(starts(calendar('2026-10-25T01:30:00Z', 'day', 'Europe/Berlin'), [0])).toEqual(['2026-10-25T01:30:00Z'])
  })

  it('refuses what is no calendar', () => {
    const good = calendar('2026-01-01T00:00:00Z', 'month')
    const invalidZone = expect.objectContaining({ code: 'invalid_time_zone', status: 400 })
    expect(() => periodBoundary({ ...good, timeZone: 'Mars/Olympus', ordinal: 1 })).toThrow(invalidZone)
    for (const intervalCount of [0, -1, 1.5, Number.NaN]) {
      expect(() => periodBoundary({ ...good, intervalCount, ordinal: 1 })).toThrow(InvariantError)
    }
    expect(() => periodBoundary({ ...good, ordinal: 0.5 })).toThrow(InvariantError)
    expect(() => periodBoundary({ ...good, anchorAt: date('never'), ordinal: 0 })).toThrow(InvariantError)
    expect(() => periodBoundary({ ...good, ordinal: 10 ** 12 })).toThrow(
      expect.objectContaining({ code: 'period_out_of_range' }),
    )
  })
})

describe('periodAt', () => {
  const monthly = calendar('2026-01-31T10:00:00Z', 'month')

  it('includes its start and excludes its end', () => {
    expect(periodAt({ ...monthly, at: date('2026-02-28T10:00:00Z') })).toEqual({
      ordinal: 1,
      start: date('2026-02-28T10:00:00Z'),
      end: date('2026-03-31T10:00:00Z'),
    })
    expect(periodAt({ ...monthly, at: date('2026-02-28T09:59:59.999Z') }).ordinal).toBe(0)
  })

  it('gives negative ordinals before the anchor', () => {
    expect(periodAt({ ...monthly, at: date('2026-01-31T09:59:59.999Z') })).toEqual({
      ordinal: -1,
      start: date('2025-12-31T10:00:00Z'),
      end: date('2026-01-31T10:00:00Z'),
    })
  })

  it('passes over the day that a zone skipped', () => {
    // Samoa went from 29 December 2011 straight to 31 December.
    const daily = calendar('2011-12-28T20:00:00Z', 'day', 'Pacific/Apia')
    const before = periodAt({ ...daily, at: date('2011-12-30T19:59:59Z') })
    const after = periodAt({ ...daily, at: date('2011-12-30T20:00:00Z') })
    expect([before.ordinal, after.ordinal]).toEqual([1, 3])
    expect(before.end).toEqual(after.start)
  })
})

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Pacific/Chatham',
)
const anchors = fc.oneof(
  fc.date({ min: date('2000-01-01T00:00:00Z'), max: date('2040-01-01T00:00:00Z'), noInvalidDate: true }),
  fc
    .constantFrom('2024-02-29T00:30:00Z', '2026-01-31T23:30:00Z', '2026-03-28T01:30:00Z', '2026-10-25T01:30:00Z')
    .map(date),
)
const calendars = fc.record({
  anchorAt: anchors,
  interval: fc.constantFrom<Interval[]>('day', 'week', 'month', 'year'),
  intervalCount: fc.integer({ min: 1, max: 12 }),
  timeZone: zones,
})

describe('periods', () => {
  it('follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(calendars, fc.integer({ min: -60, max: 200 }), (of, ordinal) => {
        const start = periodBoundary({ ...of, ordinal })
        const end = periodBoundary({ ...of, ordinal: ordinal + 1 })
        expect(end.getTime()).toBeGreaterThanOrEqual(start.getTime())
        // Only a day that the zone skipped is empty.
        if (end.getTime() === start.getTime()) {
          expect([of.timeZone, of.interval, of.intervalCount]).toEqual(['Pacific/Apia', 'day', 1])
          return
        }
        const period = { ordinal, start, end }
        expect(periodAt({ ...of, at: start })).toEqual(period)
        expect(periodAt({ ...of, at: new Date(end.getTime() - 1) })).toEqual(period)
      }),
      { numRuns: 500 },
    )
  })

  it('contain the instant they were asked for', () => {
    fc.assert(
      fc.property(calendars, anchors, (of, at) => {
        const { start, end, ordinal } = periodAt({ ...of, at })
        expect(start <= at && at < end).toBe(true)
        expect([start, end]).toEqual([0, 1].map((next) => periodBoundary({ ...of, ordinal: ordinal + next })))
      }),
      { numRuns: 300 },
    )
  })

  it('start at the anchor', () => {
    fc.assert(
      fc.property(calendars, (of) => {
        expect(periodBoundary({ ...of, ordinal: 0 })).toEqual(of.anchorAt)
      }),
    )
  })

  it('keep the anchor day of the month wherever the month has it', () => {
    fc.assert(
      fc.property(anchors, fc.integer({ min: 0, max: 120 }), (anchorAt, ordinal) => {
        const start = periodBoundary({ anchorAt, interval: 'month', intervalCount: 1, timeZone: 'UTC', ordinal })
        const lastDay = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate()
        expect(start.getUTCDate()).toBe(Math.min(anchorAt.getUTCDate(), lastDay))
        expect(start.getUTCFullYear() * 12 + start.getUTCMonth()).toBe(
          anchorAt.getUTCFullYear() * 12 + anchorAt.getUTCMonth() + ordinal,
        )
      }),
    )
  })
})

describe('addDuration', () => {
  it.each([
    ['P1M', '2026-01-31T10:00:00Z', 'UTC', '2026-02-28T10:00:00.000Z'],
    ['P32D', '2026-01-31T10:00:00Z', 'UTC', '2026-03-04T10:00:00.000Z'],
    ['PT36H', '2026-03-28T10:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['P1D', '2026-03-28T10:00:00Z', 'Europe/Berlin', '2026-03-29T09:00:00.000Z'],
    ['P1Y2M3W4DT5H6M7S', '2026-01-01T00:00:00Z', 'UTC', '2027-03-26T05:06:07.000Z'],
    ['PT0S', '2026-01-01T00:00:00Z', 'UTC', '2026-01-01T00:00:00.000Z'],
  ])('adds %s to %s in %s', (duration, at, timeZone, expected) => {
    expect(addDuration(date(at), duration, timeZone).toISOString()).toBe(expected)
  })

  it.each(['', 'P', '1M', 'P1X', '-P1D', 'P-1D', 'month', 'P9999999Y', 'P1M '])('refuses %j', (duration) => {
    expect(() => addDuration(date('2026-01-01T00:00:00Z'), duration)).toThrow(
      expect.objectContaining({ code: 'invalid_duration', status: 400 }),
    )
  })

  it('refuses an unknown zone', () => {
    expect(() => addDuration(date('2026-01-01T00:00:00Z'), 'P1D', 'Nowhere')).toThrow(
      expect.objectContaining({ code: 'invalid_time_zone' }),
    )
  })
})

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('knows %s', (zone) => {
    expect(isTimeZone(zone)).toBe(true)
  })

  it.each(['', '+02:00', 'Mars/Olympus', '2026-01-01T00:00Z', '2026-01-01T00:00[Europe/Berlin]', 'UTC\n'])(
    'refuses %j',
    (zone) => {
      expect(isTimeZone(zone)).toBe(false)
    },
  )
})

describe('calendar months of a zone', () => {
  it.each([
    ['2026-03-31T21:59:59.999Z', 'Europe/Berlin', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
    ['2026-03-31T22:00:00Z', 'Europe/Berlin', '2026-03-31T22:00:00Z', '2026-04-30T22:00:00Z'],
    ['2024-02-29T12:00:00Z', 'UTC', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2026-01-31T18:29:59Z', 'Asia/Kolkata', '2025-12-31T18:30:00Z', '2026-01-31T18:30:00Z'],
    ['2026-10-31T00:00:00Z', 'Asia/Kathmandu', '2026-09-30T18:15:00Z', '2026-10-31T18:15:00Z'],
  ])('%s in %s lies between %s and %s', (at, zone, start, end) => {
    expect(calendarMonthAt(date(at), zone)).toEqual({ start: date(start), end: date(end) })
  })
  it('begins at one in the morning where midnight was skipped', () => {
    // Beirut, 1993: the clocks went from 28 March 0:00 to 1:00; Cuba, 2012-04-01 likewise, on the first of a month.
    expect(calendarMonthAt(date('2012-04-10T00:00:00Z'), 'America/Havana').start).toEqual(date('2012-04-01T05:00:00Z'))
  })
})
