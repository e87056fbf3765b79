import { describe, expect, it } from 'vitest'
import { fixedClock } from './clock.ts'
import { type IdKind, idPrefixes, looksLikeOurId, sequentialIds, systemIds } from './ids.ts'

const kinds = Object.keys(idPrefixes) as IdKind[]
const at = '2026-03-01T12:00:00.123Z'

describe('systemIds', () => {
  it('makes a prefixed UUID version 7 that tells the millisecond of its making', () => {
    const id = systemIds(fixedClock(at)).next('subscription')
    expect(id).toMatch(/^bhsub_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(Number.parseInt(id.slice(6, 18), 16)).toBe(Date.parse(at))
  })

  it('rises strictly within one millisecond, also when its counter overflows', () => {
    const ids = systemIds(fixedClock(at))
    const made = Array.from({ length: 10_000 }, () => ids.next('invoice'))
    expect(made).toEqual([...new Set(made)].sort())
    expect(made).toHaveLength(10_000)
  })

  it('rises strictly while the clock runs and when it steps back', () => {
    const clock = fixedClock(at)
    const ids = systemIds(clock)
    const made = [1, 0, 5, -60_000, 1, 70_000].map((ms) => {
      clock.advanceMs(ms)
      return ids.next('payment')
    })
    expect(made).toEqual([...new Set(made)].sort())
    expect(made).toHaveLength(6)
  })

  it('differs between two processes that start in the same millisecond', () => {
    const first = systemIds(fixedClock(at))
    const second = systemIds(fixedClock(at))
    const made = Array.from({ length: 500 }, () => [first.next('plan'), second.next('plan')]).flat()
    expect(new Set(made).size).toBe(1000)
  })

  it('fills every bit that is not fixed by the format with randomness or time', () => {
    const clock = fixedClock(at)
    const ids = systemIds(clock)
    let ones = 0n
    let zeros = 0n
    const all = (1n << 62n) - 1n
    for (let i = 0; i < 200; i += 1) {
      const randB = BigInt(`0x${ids.next('plan').slice(-16)}`) & all
      ones |= randB
      zeros |= all ^ randB
    }
    expect([ones, zeros]).toEqual([all, all])
  })

  it('makes tokens of 256 random bits', () => {
    const ids = systemIds(fixedClock(at))
    expect(ids.token()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(ids.token()).not.toBe(ids.token())
  })
})

describe('sequentialIds', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const take = (seed: number) => {
      const ids = sequentialIds(seed)
      return [ids.next('plan'), ids.next('price'), ids.token(), ids.token()]
    }
    expect(take(7)).toEqual(take(7))
    expect(new Set([...take(7), ...take(8)]).size).toBe(8)
  })

  it('makes ids and tokens of the same shape as the real ones', () => {
    const ids = sequentialIds()
    expect(looksLikeOurId(ids.next('grant'), 'grant')).toBe(true)
    expect(ids.token()).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })
})

describe('looksLikeOurId', () => {
  it('knows the ids of every kind and tells the kinds apart', () => {
    const ids = systemIds(fixedClock(at))
    for (const made of kinds) {
      const id = ids.next(made)
      expect(looksLikeOurId(id)).toBe(true)
      for (const asked of kinds) expect(looksLikeOurId(id, asked)).toBe(asked === made)
    }
  })

  it('has a different prefix for every kind', () => {
    expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length)
  })

  it.each([
    'sub_1NXWPnLkdIwHu7ixzTQ0AbcD',
    'I-BW452GLLEP1G',
    'bhsub_',
    'bhsub_0198f0c2b4a07abc8def0123456789a',
    'bhsub_0198f0c2b4a04abc8def0123456789ab',
    'BHSUB_0198f0c2b4a07abc8def0123456789ab',
    'bhnone_0198f0c2b4a07abc8def0123456789ab',
    'bhsub_0198f0c2b4a07abc8def0123456789ab\n',
    '0198f0c2-b4a0-7abc-8def-0123456789ab',
    42,
    null,
    undefined,
  ])('does not take %j for one of ours', (value) => {
    expect(looksLikeOurId(value)).toBe(false)
  })
})
