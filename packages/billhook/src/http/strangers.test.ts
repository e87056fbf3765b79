import { afterEach, describe, expect, it, vi } from 'vitest'
import { Pace, StrangersLog } from './strangers.ts'

describe('the pace of refusals', () => {
  const options = { perSecond: 100, atOnce: 3, longestWaitMs: 50 }

  it('lets a few go at once, then one after another, and none wait longer than the longest wait', () => {
    const pace = new Pace(options)
    const waits = Array.from({ length: 12 }, () => pace.waitMs(1_000))
    expect(waits).toEqual([0, 0, 0, 0, 10, 20, 30, 40, 50, 50, 50, 50])
  })

  it('forgets a flood that is over', () => {
    const pace = new Pace(options)
    for (let n = 0; n < 100; n++) pace.waitMs(1_000)
    expect(pace.waitMs(1_055)).toBe(5)
    expect(pace.waitMs(1_200)).toBe(0)
  })
})

describe('the log of refusals', () => {
  afterEach(() => void vi.useRealTimers())

  it('lists some, says how many it does not, and lists again afterwards', () => {
    vi.useFakeTimers()
    const lines: object[] = []
    const ignore = () => undefined
    const warn = (facts: object) => void lines.push(facts)
    const log = new StrangersLog({ logger: { debug: ignore, info: ignore, error: ignore, warn } })
    expect(Array.from({ length: 25 }, () => log.isListed()).filter(Boolean)).toHaveLength(20)
    expect(lines).toEqual([])
    vi.advanceTimersByTime(10_000)
    expect(lines).toEqual([{ listed: 20, unlisted: 5, seconds: 10 }])
    expect(log.isListed()).toBe(true)
    vi.advanceTimersByTime(10_000)
    expect(lines).toHaveLength(1)
  })
})
