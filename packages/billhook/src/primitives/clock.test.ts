import { expect, it } from 'vitest'
import { fixedClock, systemClock } from './clock.ts'
import { InvariantError } from './errors.ts'

it('stands still until it is moved, forward or back', () => {
  const clock = fixedClock('2026-01-31T10:00:00Z')
  expect(clock.now()).toEqual(clock.now())
  clock.advanceMs(1500)
  expect(clock.now().toISOString()).toBe('2026-01-31T10:00:01.500Z')
  clock.set(new Date('2025-01-01T00:00:00Z'))
  expect(clock.now().toISOString()).toBe('2025-01-01T00:00:00.000Z')
})

it('cannot be moved through the dates that went in or came out', () => {
  const start = new Date('2026-01-01T00:00:00Z')
  const clock = fixedClock(start)
  start.setFullYear(1999)
  clock.now().setFullYear(1999)
  expect(clock.now().toISOString()).toBe('2026-01-01T00:00:00.000Z')
})

it('refuses what is no instant', () => {
  expect(() => fixedClock('yesterday')).toThrow(InvariantError)
  expect(() => fixedClock(new Date()).advanceMs(Number.NaN)).toThrow(InvariantError)
})

it('tells the time of the machine outside tests', () => {
  const before = Date.now()
  const nowMs = systemClock.now().getTime()
  expect(nowMs).toBeGreaterThanOrEqual(before)
  expect(nowMs).toBeLessThanOrEqual(Date.now())
})
