import { type PeriodCalendar, periodAt, periodBoundary } from '../primitives/index.ts'
import type { BillingTerms } from './charges.ts'

/** Terms, and from when they rule the cycles that begin. */
export interface TermsSince {
  from: Date
  anchorAt: Date
  terms: BillingTerms
}

/** A regular cycle, numbered over all terms there have been. */
export interface Cycle {
  n: number
  start: Date
  end: Date
  terms: BillingTerms
}

export interface BillingCalendar {
  /** The cycle that a charge of this time is for; null before the first. */
  cycleOfCharge(at: Date): Cycle | null
  cycleNo(n: number): Cycle | null
}

interface Stretch {
  calendar: PeriodCalendar
  terms: BillingTerms
  /** The ordinal of its first cycle, and how many cycles there are before it and in it. */
  first: number
  before: number
  length: number
}

const dayMs = 86_400_000

/**
 * Providers collect late, by hours, and now and then a little early, because their day begins in another time zone. So a charge belongs to
 * the next cycle already a day before it, or a twelfth of a cycle where cycles are short: a first day may have little more than two hours.
 */
const earlyMs = ({ start, end }: Cycle): number => Math.min(dayMs, (end.getTime() - start.getTime()) / 12)

/** The cycles of a subscription, stitched together from the terms it had, in the order of their times. */
export function billingCalendar(history: readonly TermsSince[]): BillingCalendar {
  const stretches = stretchesOf(history)
  const cycleNo = (n: number): Cycle | null => {
    const stretch = stretches.findLast(({ before }) => before < n)
    if (!stretch || n > stretch.before + stretch.length) return null
    const { calendar, terms, first, before } = stretch
    const ordinal = first + n - before - 1
    const boundary = (at: number) => periodBoundary({ ...calendar, ordinal: at })
    return { n, start: boundary(ordinal), end: boundary(ordinal + 1), terms }
  }
  const cycleAt = (at: Date): Cycle | null => {
    const stretch = stretches.findLast(
      ({ calendar, first, length }) => length > 0 && periodBoundary({ ...calendar, ordinal: first }) <= at,
    )
    if (!stretch) return null
    const since = periodAt({ ...stretch.calendar, at }).ordinal - stretch.first
    return cycleNo(stretch.before + Math.min(since, stretch.length - 1) + 1)
  }
  const cycleOfCharge = (at: Date): Cycle | null => {
    const present = cycleAt(at)
    const next = cycleNo((present?.n ?? 0) + 1)
    return next && next.start.getTime() - at.getTime() <= earlyMs(next) ? next : present
  }
  return { cycleOfCharge, cycleNo }
}

function stretchesOf(history: readonly TermsSince[]): Stretch[] {
  const stretches: Stretch[] = []
  let before = 0
  for (const [index, { from, anchorAt, terms }] of history.entries()) {
    const { interval, intervalCount } = terms
    const calendar = { anchorAt, interval, intervalCount, timeZone: 'UTC' }
    // What was before the first terms that are known is told by them.
    const first = index === 0 ? 0 : Math.max(0, firstCycleFrom(calendar, from))
    const next = history[index + 1]
    const length = next ? Math.max(0, firstCycleFrom(calendar, next.from) - first) : Number.POSITIVE_INFINITY
    stretches.push({ calendar, terms, first, before, length })
    before += length
  }
  return stretches
}

/** The first cycle that begins then or later. */
function firstCycleFrom(calendar: PeriodCalendar, from: Date): number {
  const { ordinal, start } = periodAt({ ...calendar, at: from })
  return start.getTime() === from.getTime() ? ordinal : ordinal + 1
}
