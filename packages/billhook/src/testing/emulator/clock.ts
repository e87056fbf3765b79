import { Temporal } from 'temporal-polyfill'

export type Interval = 'day' | 'week' | 'month' | 'year'

/** An emulator's own time: it moves only when it is told to. */
export interface EmulatorClock {
  now(): Date
  /** The same instant in whole seconds since 1970. */
  seconds(): number
  moveTo(seconds: number): void
}

export function createClock(start: Date): EmulatorClock {
  let current = Math.floor(start.getTime() / 1000)
  return {
    now: () => new Date(current * 1000),
    seconds: () => current,
    moveTo: (seconds) => {
      current = Math.max(current, seconds)
    },
  }
}

/** Where `by` leads from an instant: milliseconds, or an ISO 8601 duration such as `P1M`, counted in UTC. */
export function secondsAfter(from: number, by: string | number): number {
  if (typeof by === 'number') return from + Math.floor(by / 1000)
  const end = Temporal.Instant.fromEpochMilliseconds(from * 1000)
    .toZonedDateTimeISO('UTC')
    .add(Temporal.Duration.from(by))
  return Math.floor(end.epochMilliseconds / 1000)
}

/** The n-th boundary after the anchor. Counted from the anchor, so that a 31st comes back after February. */
export function boundaryAfter(anchor: number, after: number, interval: Interval, count: number): number {
  const unit = `${interval}s`
  for (let cycle = 1; ; cycle += 1) {
    const boundary = Temporal.Instant.fromEpochMilliseconds(anchor * 1000)
      .toZonedDateTimeISO('UTC')
      .add({ [unit]: cycle * count })
    const seconds = Math.floor(boundary.epochMilliseconds / 1000)
    if (seconds > after) return seconds
  }
}
