import type { EmulatorClock } from '../emulator/clock.ts'
import { noSuch } from './api-error.ts'
import type { EmulatorState } from './emulator-state.ts'
import type { StripeEvent, StripeList, StripeObject } from './objects.ts'

/** The API version that every answer and event of the emulator has the shape of. */
export const apiVersion = '2026-10-28.endive'

/** What a real account sets in its dashboard. */
export interface AccountSettings {
  /** How long a renewal's invoice stays a draft, in seconds: 0 here, an hour at Stripe. */
  draftSeconds: number
  /** What becomes of a subscription when the last retry of a renewal has failed. */
  afterLastRetry: 'past_due' | 'unpaid' | 'canceled'
  /** Seconds from one failed attempt to the next; an empty list never retries. */
  retrySeconds: readonly number[]
  /** Percent on top of every line, where a subscription has automatic tax. */
  taxPercent: number
}

/** What every resource works with. */
export interface EmulatorContext {
  readonly state: EmulatorState
  readonly clock: EmulatorClock
  readonly settings: AccountSettings
  readonly baseUrl: string
  /** The API request being answered; null while the clock moves. */
  request: { id: string; idempotencyKey: string | null } | null
  newId(prefix: string): string
  emit(type: string, object: StripeObject, previous?: Record<string, unknown>): StripeEvent
}

/** Ids count up per prefix, so that the same test gets the same ids every time. */
export function createIds(tag: string): (prefix: string) => string {
  const counters = new Map<string, number>()
  return (prefix) => {
    const next = (counters.get(prefix) ?? 0) + 1
    counters.set(prefix, next)
    return `${prefix}_${tag}_${String(next).padStart(6, '0')}`
  }
}

/** The object an id names, or Stripe's error for an unknown one. */
export function demand<T>(
  held: Map<string, T>,
  what: string,
  id: string,
  param = 'id',
  where: 'path' | 'parameter' = 'path',
): T {
  const found = held.get(id)
  if (!found) throw noSuch(what, id, param, where)
  return found
}

export function listOf<T>(data: T[], url: string): StripeList<T> {
  return { object: 'list', data, has_more: false, url }
}

/** Changes an object and emits the event with what it was before. No change, no event; a refusal undoes the change. */
export function change<T extends StripeObject>(
  context: EmulatorContext,
  object: T,
  type: string,
  mutate: (object: T) => void,
): void {
  const before: Record<string, unknown> = structuredClone(object)
  try {
    mutate(object)
  } catch (refused) {
    Object.assign(object, before)
    throw refused
  }
  const previous = previousAttributes(before, object)
  if (Object.keys(previous).length > 0) context.emit(type, object, previous)
}

/** Old values of what differs: nested hashes only by their changed keys, arrays whole, new keys as null. */
export function previousAttributes(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, unknown> {
  const previous: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = before[key]
    const current = after[key]
    if (JSON.stringify(old) === JSON.stringify(current)) continue
    previous[key] = isHash(old) && isHash(current) ? previousAttributes(old, current) : (old ?? null)
  }
  return previous
}

export function isHash(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
