import type { Interval } from '../emulator/clock.ts'
import type { Billing, HeldCycle, HeldSubscription } from './objects.ts'
import { billingTimeOf, intervalsAfter } from './times.ts'

const intervals: Record<HeldCycle['frequency']['interval_unit'], Interval> = {
  DAY: 'day',
  WEEK: 'week',
  MONTH: 'month',
  YEAR: 'year',
}

export function intervalOf({ frequency }: HeldCycle): { unit: Interval; count: number } {
  return { unit: intervals[frequency.interval_unit], count: frequency.interval_count }
}

/** The cycle that begins next; null when all are used up. */
export function upcomingCycle({ terms }: HeldSubscription, billing: Billing): HeldCycle | null {
  const cycle = terms.cycles[billing.position]
  if (!cycle) return null
  return cycle.total > 0 && billing.begun >= cycle.total ? null : cycle
}

/** One more cycle has begun: the last trial cycle hands over to what follows it. */
export function countBegun({ terms }: HeldSubscription, billing: Billing): void {
  const cycle = terms.cycles[billing.position]
  if (!cycle) return
  billing.begun += 1
  const isLast = billing.position === terms.cycles.length - 1
  if (isLast || billing.begun < cycle.total) return
  billing.anchor = boundaryOf(billing, cycle)
  billing.position += 1
  billing.begun = 0
}

/** When the cycle begins that is next, and with it when the one before it ends. */
export function nextBoundary({ terms }: HeldSubscription, billing: Billing): number {
  const cycle = terms.cycles[billing.position]
  return billingTimeOf(cycle ? boundaryOf(billing, cycle) : billing.anchor)
}

function boundaryOf({ anchor, begun }: Billing, cycle: HeldCycle): number {
  const { unit, count } = intervalOf(cycle)
  return intervalsAfter(anchor, unit, begun * count)
}

/** Shows the charge that comes next, or, where none does, keeps the end. */
export function showNext(subscription: HeldSubscription, billing: Billing): void {
  const at = nextBoundary(subscription, billing)
  const isOver = upcomingCycle(subscription, billing) === null
  billing.nextAt = isOver ? null : at
  billing.endsAt = isOver ? at : null
}

/** Dates that went by while it was suspended are not charged: the next one is in the future. */
export function skipMissed(subscription: HeldSubscription, billing: Billing, now: number): void {
  while (upcomingCycle(subscription, billing) && nextBoundary(subscription, billing) <= now) {
    countBegun(subscription, billing)
  }
  showNext(subscription, billing)
}
