import { Temporal } from 'temporal-polyfill'
import { InvariantError, invalid } from './errors.ts'

export type Interval = 'day' | 'week' | 'month' | 'year'

/**
 * What fixes all boundaries of a subscription: the kept anchor, the length of a period, the organization's time zone.
 */
export interface PeriodCalendar {
  anchorAt: Date
  interval: Interval
  intervalCount: number
  timeZone: string
}

/** `end` is exclusive and is the next period's `start`. */
export interface Period {
  ordinal: number
  start: Date
  end: Date
}

const durationUnits = { day: 'days', week: 'weeks', month: 'months', year: 'years' } as const
const dayMs = 86_400_000
const averageMs: Record<Interval, number> = {
  day: dayMs,
  week: 7 * dayMs,
  month: 30.436875 * dayMs,
  year: 365.2425 * dayMs,
}

/**
 * The start of period `ordinal`; 0 starts at the anchor, negative ordinals lie before it. Always counted from the
 * anchor, never from another boundary: anchored on 31 January, month 1 starts on 28 or 29 February and month 2 on 31
 * March again. The wall-clock time is kept in the zone; a time inside a DST gap moves forward by the gap, in an overlap
 * the first one counts ("compatible"). Throws `invalid_time_zone`, and `period_out_of_range` beyond the years a Date
 * can hold.
 */
export function periodBoundary({ ordinal, ...calendar }: PeriodCalendar & { ordinal: number }): Date {
  requireCalendar(calendar)
  if (!Number.isSafeInteger(ordinal)) throw new InvariantError(`a period's ordinal is a whole number, not ${ordinal}`)
  return boundaryOf(calendar, ordinal)
}

/**
 * The period that contains an instant; before the anchor its ordinal is negative, because snapshots may reach back
 * behind an anchor that was reset. A calendar day that a zone skipped (Samoa, 2011-12-30) makes an empty daily period:
 * it keeps its ordinal and contains no instant. Throws as periodBoundary does.
 */
export function periodAt({ at, ...calendar }: PeriodCalendar & { at: Date }): Period {
  requireCalendar(calendar)
  const elapsedMs = requireInstant(at) - calendar.anchorAt.getTime()
  // The average length lands within a period or two of the right one; the calendar decides.
  let ordinal = Math.floor(elapsedMs / (averageMs[calendar.interval] * calendar.intervalCount))
  let start = boundaryOf(calendar, ordinal)
  while (start > at) {
    ordinal -= 1
    start = boundaryOf(calendar, ordinal)
  }
  let end = boundaryOf(calendar, ordinal + 1)
  while (end <= at) {
    ordinal += 1
    start = end
    end = boundaryOf(calendar, ordinal + 1)
  }
  return { ordinal, start, end }
}

/**
 * An instant plus an ISO 8601 duration ("P1M", "P32D", "PT36H"). Years to days are calendar units in the zone, hours
 * and below are exact. Throws `invalid_duration` for anything else, also for negative ones: a length of time has no
 * direction; and `invalid_time_zone`.
 */
export const addDuration = (at: Date, isoDuration: string, timeZone = 'UTC'): Date =>
  moved(at, isoDuration, timeZone, 'add')

/** The same backwards. */
export const subtractDuration = (at: Date, isoDuration: string, timeZone = 'UTC'): Date =>
  moved(at, isoDuration, timeZone, 'subtract')

function moved(at: Date, isoDuration: string, timeZone: string, direction: 'add' | 'subtract'): Date {
  requireInstant(at)
  requireTimeZone(timeZone)
  try {
    const duration = Temporal.Duration.from(isoDuration)
    if (duration.sign < 0) throw new RangeError('a duration is not negative')
    return toDate(zoned(at, timeZone)[direction](duration))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw invalid('invalid_duration', `"${isoDuration}" is not an ISO 8601 duration such as P1M, P32D or PT36H.`, {
      duration: isoDuration,
    })
  }
}

/** The month that was asked for last in each zone: the next question is mostly about the same one. */
const lastMonths = new Map<string, { start: Date; end: Date }>()

/** The calendar month of a zone that contains an instant, from midnight to midnight, or whenever those days begin there. Throws as periodAt does. */
export function calendarMonthAt(at: Date, timeZone: string): { start: Date; end: Date } {
  requireInstant(at)
  const last = lastMonths.get(timeZone)
  if (last && last.start <= at && at < last.end) return { start: new Date(last.start), end: new Date(last.end) }
  requireTimeZone(timeZone)
  const first = zoned(at, timeZone).toPlainDate().with({ day: 1 })
  // Without a time of day it is the first moment of the day, which a change of the clocks may have moved from midnight.
  const begin = (date: Temporal.PlainDate) => toDate(date.toZonedDateTime({ timeZone }))
  const month = { start: begin(first), end: begin(first.add({ months: 1 })) }
  lastMonths.set(timeZone, month)
  return { start: new Date(month.start), end: new Date(month.end) }
}

/** Zone names that were checked already: the check is slow and organizations share few zones. */
const knownTimeZones = new Set<string>()

/**
 * Whether it is the name of a zone ("Europe/Berlin", "UTC"). Offsets such as "+02:00" are not: Postgres reads their
 * sign the other way.
 */
export function isTimeZone(zone: string): boolean {
  if (knownTimeZones.has(zone)) return true
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch (cause) {
    // Intl has no other way to say that it does not know a zone.
    if (cause instanceof RangeError) return false
    throw cause
  }
  knownTimeZones.add(zone)
  return true
}

function boundaryOf({ anchorAt, interval, intervalCount, timeZone }: PeriodCalendar, ordinal: number): Date {
  try {
    // Adding calendar units to a zoned time constrains the day of the month and disambiguates as "compatible".
    return toDate(zoned(anchorAt, timeZone).add({ [durationUnits[interval]]: ordinal * intervalCount }))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw invalid('period_out_of_range', 'The period lies outside the years that can be represented.', { ordinal })
  }
}

function requireCalendar({ anchorAt, intervalCount, timeZone }: PeriodCalendar): void {
  requireInstant(anchorAt)
  requireTimeZone(timeZone)
  if (Number.isSafeInteger(intervalCount) && intervalCount > 0) return
  throw new InvariantError(`an interval count is a whole number above zero, not ${intervalCount}`)
}

function requireInstant(at: Date): number {
  const ms = at.getTime()
  if (Number.isNaN(ms)) throw new InvariantError('an invalid Date is no instant')
  return ms
}

function requireTimeZone(zone: string): void {
  if (isTimeZone(zone)) return
  throw invalid('invalid_time_zone', `"${zone}" is not the name of an IANA time zone such as Europe/Berlin.`, {
    timeZone: zone,
  })
}

function zoned(at: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)
}

function toDate(time: Temporal.ZonedDateTime): Date {
  return new Date(time.epochMilliseconds)
}
