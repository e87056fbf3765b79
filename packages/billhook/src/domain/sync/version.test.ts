import { describe, expect, it } from 'vitest'
import { decideVersion, type Observation, type SnapshotGuard } from './version.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
const event = (second: number): Observation => ({ by: 'event', at: at(second), ticket: 0, source: 'webhook' })
const read = (second: number, ticket: number): Observation => ({ by: 'read', at: at(second), ticket, source: 'api' })
const known = (by: 'event' | 'read', second: number, ticketApplied = 1): SnapshotGuard => ({
  observedAt: at(second),
  observedBy: by,
  snapshotDigest: 'known',
  ticketApplied,
})

describe('which snapshot wins', () => {
  it('takes the first one it sees', () => {
    expect(decideVersion(null, event(10), 'news')).toBe('apply')
  })
  it('takes a later event and leaves an earlier one', () => {
    expect(decideVersion(known('event', 10), event(11), 'news')).toBe('apply')
    expect(decideVersion(known('event', 10), event(9), 'news')).toBe('stale')
  })
  it('asks the provider when two events carry the same second and differ', () => {
    expect(decideVersion(known('event', 10), event(10), 'news')).toBe('reread')
  })
  it('asks the provider when an event is too close to a read for two clocks to tell', () => {
    expect(decideVersion(known('read', 20), event(18), 'news')).toBe('reread')
    expect(decideVersion(known('read', 20), event(24), 'news')).toBe('reread')
    expect(decideVersion(known('read', 20), event(26), 'news')).toBe('apply')
    expect(decideVersion(known('read', 20), event(14), 'news')).toBe('stale')
  })
  it('never asks about what it already has', () => {
    expect(decideVersion(known('event', 10), event(10), 'known')).toBe('unchanged')
    expect(decideVersion(known('read', 10), event(12), 'known')).toBe('unchanged')
    expect(decideVersion(known('event', 10, 6), read(20, 5), 'known')).toBe('unchanged')
  })
  it('takes a read that nothing overtook, and reads again when something was applied meanwhile', () => {
    expect(decideVersion(known('event', 50, 4), read(20, 5), 'news')).toBe('apply')
    expect(decideVersion(known('event', 10, 6), read(20, 5), 'news')).toBe('reread')
    expect(decideVersion(known('event', 10, 1), read(20, 0), 'news')).toBe('reread')
  })
})
