import { createHash } from 'node:crypto'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** How long after each failed attempt the next one follows: ten attempts in about three days. What Standard Webhooks recommends. */
export const retryDelaysMs: readonly number[] = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]

/** Up to a fifth later, so that what failed together does not come back together. The same for the same attempt: nothing here is random. */
function jitterOf(deliveryId: string, attempt: number): number {
  const drawn = createHash('sha256').update(`${deliveryId}:${attempt}`).digest().readUInt32BE(0)
  return (drawn / 2 ** 32) * 0.2
}

export interface FailedAttempt {
  deliveryId: string
  /** 1 for the first of the series. */
  attempt: number
  /** What the receiver asked for, where it did. */
  retryAfterMs: number | null
}

/** Null after the last attempt. A receiver may ask for more time, a day at most, and not for less. */
export function retryDelayMs({ deliveryId, attempt, retryAfterMs }: FailedAttempt): number | null {
  const delayMs = retryDelaysMs[attempt - 1]
  if (delayMs === undefined) return null
  return Math.round(Math.max(delayMs * (1 + jitterOf(deliveryId, attempt)), Math.min(retryAfterMs ?? 0, 24 * hourMs)))
}
