import { addDuration, type Clock, invalid } from '../../primitives/index.ts'
import type { StateStore } from '../provider.ts'

/** The billing clock is the wall clock plus what it was moved by. */
interface KeptClock {
  offsetMs: number
  /** The latest billing time that something happened at: the clock never goes back behind it. */
  latestMs: number
}

const clockKey = 'meta/clock'
const longestAdvance = 'P5Y'

async function keptClock(store: StateStore): Promise<KeptClock> {
  return (await store.get<KeptClock>(clockKey)) ?? { offsetMs: 0, latestMs: 0 }
}

export async function billingNow(store: StateStore, wall: Clock): Promise<Date> {
  const { offsetMs, latestMs } = await keptClock(store)
  return new Date(Math.max(wall.now().getTime() + offsetMs, latestMs))
}

export async function latestInstant(store: StateStore): Promise<Date> {
  return new Date((await keptClock(store)).latestMs)
}

/** Notes that something happened at that instant; an instant ahead of the clock moves it there. */
export async function reachInstant(store: StateStore, wall: Clock, at: Date): Promise<void> {
  const { offsetMs, latestMs } = await keptClock(store)
  const neededMs = at.getTime() - wall.now().getTime()
  const next: KeptClock = { offsetMs: Math.max(offsetMs, neededMs), latestMs: Math.max(latestMs, at.getTime()) }
  if (next.offsetMs !== offsetMs || next.latestMs !== latestMs) await store.put(clockKey, next)
}

/** Throws `invalid_duration`, `duration_too_long`. */
export function advanceTarget(now: Date, by: string): Date {
  const target = addDuration(now, by)
  if (target <= addDuration(now, longestAdvance)) return target
  throw invalid('duration_too_long', 'The clock moves by five years (P5Y) at most in one call.', { duration: by })
}
