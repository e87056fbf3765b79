import type { StateStore } from '../provider.ts'
import { expireSession } from './checkout.ts'
import { latestInstant } from './clock.ts'
import { runSubscriptionAction } from './renewals.ts'
import { type Committed, Draft, duePrefix, type SandboxAccount } from './state.ts'

/**
 * Does what is due up to an instant, the earliest first and each at its own instant: a renewal may make the next thing due before another
 * subscription's. Runs inside `exclusively`.
 */
export async function settleDue(
  store: StateStore,
  account: SandboxAccount,
  until: Date,
  limit: number,
): Promise<{ settled: number; queued: number; lastAt: Date | null }> {
  const due = new Set((await store.list<true>(duePrefix)).map(({ key }) => key))
  const result = { settled: 0, queued: 0, lastAt: null as Date | null }
  let latest = await latestInstant(store)
  while (result.settled < limit) {
    const next = earliestUntil(due, until)
    if (next === null) break
    // What became due while nobody looked keeps its own time, but never one before what was done already.
    const at = new Date(Math.max(next.at.getTime(), latest.getTime()))
    const draft = await Draft.open(store, account, at)
    await settleObject(draft, next.object, next.id)
    const committed = await draft.commit()
    applyChanges(due, committed)
    result.settled += 1
    result.queued += committed.queued
    result.lastAt = at
    latest = at
  }
  return result
}

function applyChanges(due: Set<string>, { dueRemoved, dueAdded }: Committed): void {
  for (const key of dueRemoved) due.delete(key)
  for (const key of dueAdded) due.add(key)
}

interface DueItem {
  at: Date
  object: string
  id: string
}

function earliestUntil(due: ReadonlySet<string>, until: Date): DueItem | null {
  let earliest: string | null = null
  for (const key of due) {
    if (earliest === null || key < earliest) earliest = key
  }
  if (earliest === null) return null
  const [at = '', object = '', id = ''] = earliest.slice(duePrefix.length).split('/')
  const item = { at: new Date(at), object, id }
  return item.at <= until ? item : null
}

async function settleObject(draft: Draft, object: string, id: string): Promise<void> {
  if (object === 'checkout_session') return expireSession(draft, await draft.get('checkout_session', id))
  return runSubscriptionAction(draft, await draft.get('subscription', id))
}
