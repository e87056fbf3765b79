import { InvariantError } from './errors.ts'

export interface Clock {
  now(): Date
}

export interface FixedClock extends Clock {
  set(date: Date | string): void
  advanceMs(ms: number): void
}

export const systemClock: Clock = { now: () => new Date() }

/** Stands still until it is told to move; may also be set back. Strings are RFC 3339 instants. */
export function fixedClock(start: Date | string): FixedClock {
  let nowMs = instantMs(start)
  return {
    // A new Date each time, so that a caller who changes his does not move the clock.
    now: () => new Date(nowMs),
    set: (date) => {
      nowMs = instantMs(date)
    },
    advanceMs: (ms) => {
      nowMs = instantMs(new Date(nowMs + ms))
    },
  }
}

function instantMs(date: Date | string): number {
  const ms = new Date(date).getTime()
  if (Number.isNaN(ms)) throw new InvariantError(`not an instant: ${String(date)}`)
  return ms
}
