import { Temporal } from 'temporal-polyfill'
import { periodBoundary } from '../../primitives/index.ts'
import { type Cycle, cycleOf, regularCycle, trialCycles } from './plan-terms.ts'
import { isPending } from './status.ts'
import type { PlanTerms, SubscriptionWire } from './wire.ts'

const hourMs = 3_600_000
/** The gap between making a subscription and a start that somebody put off: approval alone takes three hours at most. */
const putOffMs = 12 * hourMs
/** Where PayPal counts days. */
const homeZone = 'America/Los_Angeles'
/** A charge that is shown a day before or after the boundary that it is for. */
const toleranceMs = 36 * hourMs

export interface Times {
  startedAt: Date | null
  anchorAt: Date | null
  trial: { start: Date; end: Date } | null
  isInTrial: boolean
  period: { start: Date; end: Date } | null
}

/**
 * PayPal tells when it charges next and never when a period began. Periods are therefore counted from the day of the kept start, in calendar
 * months, and `next_billing_time` only tells which of them is running.
 */
export function timesOf(wire: SubscriptionWire, plan: PlanTerms): Times {
  const startedAt = wire.create_time ?? wire.start_time
  const trial = trialOf(wire, plan)
  const firstAt = trial?.end ?? wire.start_time ?? startedAt
  const anchorAt = firstAt && anchorOf(wire, earlier(chargeTimeOf(firstAt), firstAt), cycleOf(regularCycle(plan)))
  const isInTrial = trial !== null && completed(wire, 'REGULAR') === 0
  const base = { startedAt: trial?.start ?? wire.start_time ?? startedAt, anchorAt, trial, isInTrial }
  if (isPending(wire) || !anchorAt) return { ...base, period: null }
  return { ...base, period: isInTrial ? trial : regularPeriod(wire, anchorAt, cycleOf(regularCycle(plan))) }
}

/**
 * Ten o'clock UTC of the day that it is in California: what PayPal names as the time of a charge, which comes minutes later. Counted from the
 * exact start instead, months would end on another day for whoever begins on the last of a month, in the hours when it is the first in UTC.
 */
function chargeTimeOf(at: Date): Date {
  const day = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(homeZone).toPlainDate()
  return new Date(`${day}T10:00:00Z`)
}

/** Nothing is counted from before it began: whoever begins before ten is charged at once, and at ten from then on. */
const earlier = (a: Date, b: Date): Date => (a < b ? a : b)

/** A trial is a start that was put off (ours), or cycles before the regular one (plans made elsewhere). */
function trialOf(wire: SubscriptionWire, plan: PlanTerms): { start: Date; end: Date } | null {
  const { create_time: created, start_time: start } = wire
  if (!start) return null
  const cycles = trialCycles(plan)
  if (cycles.length > 0) {
    const end = cycles.reduce((at, cycle) => boundary(at, cycleOf(cycle), cycle.total_cycles), chargeTimeOf(start))
    return { start, end }
  }
  return created && start.getTime() - created.getTime() > putOffMs ? { start: created, end: start } : null
}

function regularPeriod(wire: SubscriptionWire, anchorAt: Date, cycle: Cycle): { start: Date; end: Date } {
  const info = wire.billing_info
  const next = info?.next_billing_time
  if (!next) return periodNo(anchorAt, cycle, Math.max(1, completed(wire, 'REGULAR')))
  const ordinal = ordinalBefore(next, anchorAt, cycle)
  const paidAt = info.last_payment?.time
  // Right after a charge PayPal may still show the time of that one.
  return periodNo(anchorAt, cycle, paidAt && paidAt >= next ? ordinal + 1 : ordinal)
}

const periodNo = (anchorAt: Date, cycle: Cycle, ordinal: number) => ({
  start: boundary(anchorAt, cycle, ordinal - 1),
  end: boundary(anchorAt, cycle, ordinal),
})

/** The first boundary that a charge at this time can be meant for. */
function ordinalBefore(next: Date, anchorAt: Date, cycle: Cycle): number {
  const earliest = next.getTime() - toleranceOf(anchorAt, cycle)
  const lengthMs = boundary(anchorAt, cycle, 1).getTime() - anchorAt.getTime()
  let ordinal = Math.max(1, Math.floor((earliest - anchorAt.getTime()) / lengthMs) - 1)
  while (boundary(anchorAt, cycle, ordinal).getTime() < earliest) ordinal += 1
  // Months differ in length: the guess may lie one too far.
  while (ordinal > 1 && boundary(anchorAt, cycle, ordinal - 1).getTime() >= earliest) ordinal -= 1
  return ordinal
}

function toleranceOf(anchorAt: Date, cycle: Cycle): number {
  const lengthMs = boundary(anchorAt, cycle, 1).getTime() - anchorAt.getTime()
  return Math.min(toleranceMs, lengthMs / 2)
}

/**
 * A change to plans of another length counts from the charge after it, not from the start: then the next charge lies far from every boundary
 * of the start, and the cycle is counted back from that charge.
 */
function anchorOf(wire: SubscriptionWire, firstAt: Date, cycle: Cycle): Date {
  const next = wire.billing_info?.next_billing_time
  if (!next || next <= firstAt) return firstAt
  const boundaryAt = boundary(firstAt, cycle, ordinalBefore(next, firstAt, cycle))
  if (boundaryAt.getTime() - next.getTime() <= toleranceOf(firstAt, cycle)) return firstAt
  const start = boundary(next, cycle, -1)
  return start > firstAt ? start : firstAt
}

export const completed = ({ billing_info: info }: SubscriptionWire, tenure: string): number =>
  info?.cycle_executions?.find(({ tenure_type }) => tenure_type === tenure)?.cycles_completed ?? 0

const boundary = (anchorAt: Date, cycle: Cycle, ordinal: number): Date =>
  periodBoundary({ anchorAt, ...cycle, timeZone: 'UTC', ordinal })
