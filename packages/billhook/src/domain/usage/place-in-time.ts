import { type Refusal, refusal } from './usage-event.ts'

/** Clocks differ: an event this far ahead is taken as of now. */
const aheadMs = 5 * 60_000
const dayMs = 86_400_000

export interface Times {
  now: Date
  /** The start of the latest period that is open: what is before it belongs to a period that is over. */
  openSince: Date
  lateDays: number
}

/**
 * Where an event counts. What belongs to a period that is over has been told, perhaps billed: within the grace it counts on arrival, as an
 * adjustment of the open period, and after that not at all.
 */
export function placeInTime(
  said: Date | null,
  { now, openSince, lateDays }: Times,
): { occurredAt: Date; countedAt: Date } | Refusal {
  const occurredAt = said ?? now
  if (occurredAt.getTime() > now.getTime() + aheadMs)
    return refusal('occurred_in_future', 'occurred_at is more than five minutes ahead.')
  if (occurredAt >= openSince) return { occurredAt, countedAt: occurredAt < now ? occurredAt : now }
  if (occurredAt.getTime() < now.getTime() - lateDays * dayMs)
    return refusal('too_late', `occurred_at is in a period that is over, and more than ${lateDays} days ago.`)
  return { occurredAt, countedAt: now }
}
