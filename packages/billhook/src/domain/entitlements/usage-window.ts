import type { LimitWindow } from '../../db/schema/catalog.ts'
import {
  calendarMonthAt,
  type Interval,
  type Period,
  periodAt,
  periodBoundary,
  subtractDuration,
} from '../../primitives/index.ts'

/** Where a subscription is in its billing. */
export interface Cycle {
  billingAnchorAt: Date | null
  currentPeriodStart: Date | null
  currentPeriodEnd: Date | null
  interval: Interval
  intervalCount: number
}

/** Usage from `start` on counts, up to `end`: null for what never ends, and for a rolling window, which ends now. */
export interface UsageWindow {
  start: Date
  end: Date | null
  isRolling: boolean
}

interface WindowInput {
  window: LimitWindow
  cycle: Cycle | null
  now: Date
  timeZone: string
}

/** The window that contains `now`. Without a subscription there is no anchor, and months are the calendar's. */
export function usageWindowAt({ window, cycle, now, timeZone }: WindowInput): UsageWindow {
  if (typeof window === 'object') {
    // What is exactly as old as the window is long has left it.
    const start = new Date(subtractDuration(now, window.rolling, timeZone).getTime() + 1)
    return { start, end: null, isRolling: true }
  }
  if (window === 'lifetime') return { start: new Date(0), end: null, isRolling: false }
  return { ...fixedWindow(window, { cycle, now, timeZone }), isRolling: false }
}

function fixedWindow(
  window: 'billing_period' | 'billing_month' | 'calendar_month',
  { cycle, now, timeZone }: Omit<WindowInput, 'window'>,
): { start: Date; end: Date } {
  if (window !== 'calendar_month' && cycle) {
    const isMonthly = cycle.interval === 'month' && cycle.intervalCount === 1
    const found =
      window === 'billing_period' || isMonthly ? billingPeriod(cycle, now, timeZone) : months(cycle, now, timeZone)
    if (found) return found
  }
  return calendarMonthAt(now, timeZone)
}

const anchorOf = ({ billingAnchorAt, currentPeriodStart }: Cycle): Date | null => billingAnchorAt ?? currentPeriodStart

function months(cycle: Cycle, at: Date, timeZone: string): Period | null {
  const anchorAt = anchorOf(cycle)
  return anchorAt && periodAt({ anchorAt, interval: 'month', intervalCount: 1, timeZone, at })
}

/** The provider's word while it holds; after it, and until the renewal is heard of, the calendar's, from where the last period ended. */
function billingPeriod(cycle: Cycle, now: Date, timeZone: string): { start: Date; end: Date } | null {
  const { currentPeriodStart: start, currentPeriodEnd: end, interval, intervalCount } = cycle
  const anchorAt = anchorOf(cycle)
  if (!anchorAt) return null
  if (start && end && start <= now && now < end) return { start, end }
  const calendar = { anchorAt, interval, intervalCount, timeZone }
  const period = periodAt({ ...calendar, at: now })
  if (!end || now < end) return period
  // A provider may count in another zone: its boundary and ours are one, if they are less than a day and half a period apart.
  const toleranceMs = Math.min(86_400_000, (period.end.getTime() - period.start.getTime()) / 2)
  const isSame = (boundary: Date): boolean => Math.abs(boundary.getTime() - end.getTime()) <= toleranceMs
  if (isSame(period.end)) return { start: end, end: periodBoundary({ ...calendar, ordinal: period.ordinal + 2 }) }
  return isSame(period.start) ? { start: end, end: period.end } : period
}
