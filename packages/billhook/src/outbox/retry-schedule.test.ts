import { expect, it } from 'vitest'
import { retryDelayMs, retryDelaysMs } from './retry-schedule.ts'

const delayOf = (attempt: number, deliveryId: string, retryAfterMs: number | null = null) =>
  retryDelayMs({ deliveryId, attempt, retryAfterMs })

it('spreads what failed together over a fifth of the delay, the same way each time', () => {
  for (const [n, delayMs] of retryDelaysMs.entries()) {
    const drawn = Array.from({ length: 200 }, (_, id) => delayOf(n + 1, `delivery ${id}`) ?? 0)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(delayMs)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(delayMs * 1.2)
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(delayMs * 0.15)
    expect(drawn).toEqual(drawn.map((_, id) => delayOf(n + 1, `delivery ${id}`)))
  }
})

it('ends after ten attempts, within the days after which an endpoint is disabled', () => {
  expect(delayOf(retryDelaysMs.length + 1, 'x', 1_000)).toBeNull()
  expect(retryDelaysMs.reduce((sum, delayMs) => sum + delayMs * 1.2, 0)).toBeLessThan(5 * 86_400_000)
})

it('gives a receiver more time when it asks, a day at most, and never less', () => {
  expect(delayOf(1, 'x', 3_600_000)).toBe(3_600_000)
  expect(delayOf(1, 'x', 1)).toBeGreaterThanOrEqual(5_000)
  expect(delayOf(1, 'x', 1e15)).toBe(86_400_000)
})
