import { Temporal } from 'temporal-polyfill'
import type { Interval } from '../emulator/clock.ts'

/** Where PayPal counts days. */
const homeZone = 'America/Los_Angeles'

export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** `count` intervals after the anchor; a 31st comes back after February, because it is counted from there. */
export function intervalsAfter(anchor: number, interval: Interval, count: number): number {
  const start = Temporal.Instant.fromEpochMilliseconds(anchor * 1000).toZonedDateTimeISO(homeZone)
  return Math.floor(start.add({ [`${interval}s`]: count }).epochMilliseconds / 1000)
}

/** 10:00 UTC of the day that it is in Los Angeles: what PayPal shows as the time of a charge. */
export function billingTimeOf(seconds: number): number {
  const day = Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
    .toZonedDateTimeISO(homeZone)
    .toPlainDate()
  return Date.parse(`${day}T10:00:00Z`) / 1000
}
