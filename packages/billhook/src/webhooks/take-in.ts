import type { Context } from '../context.ts'
import { asPlatform, isDatabaseUnavailable } from '../db/index.ts'
import { errorMessage } from '../primitives/index.ts'
import { applyAtOnce, type Ready } from './apply-at-once.ts'
import { type Arrival, inboxRow, type NewWebhookEvent } from './arrival.ts'
import { insertEvents } from './inbox.ts'
import { type Meaning, meaningOf } from './meaning.ts'
import { type Ownership, ownersOf } from './owners.ts'

/** Whether it is new here, and how it was stored; null: as whatever it was before. */
export interface TakenIn {
  added: boolean
  status: NewWebhookEvent['status'] | null
}

/** Makes what arrived durable, and applies what can be applied at once. Answers for each, in order. Throws only when the database is gone. */
export async function takeIn(ctx: Context, arrivals: readonly Arrival[]): Promise<Array<TakenIn | Error>> {
  const meanings = arrivals.map(meaningOf)
  const owners = await ownersOf(
    ctx,
    arrivals.map(({ provider }, n) => ({ provider: provider.providerName, refs: refsOf(meanings[n]) })),
  )
  const taken = new Map<Arrival, TakenIn | Error>()
  await applyReady(ctx, readyOnes(arrivals, meanings, owners), taken)
  // One by one: what is wrong with one of them, or who else is at it, concerns no other.
  for (const [n, arrival] of arrivals.entries())
    if (!taken.has(arrival)) taken.set(arrival, await store(ctx, arrival, meanings[n], owners[n]))
  return arrivals.map((arrival) => taken.get(arrival) ?? { added: false, status: null })
}

const refsOf = (meaning: Meaning | undefined) => (meaning?.kind === 'snapshot' ? meaning.refs : {})

/** One for each organization; the others wait in the inbox. */
function readyOnes(arrivals: readonly Arrival[], meanings: readonly Meaning[], owners: readonly Ownership[]): Ready[] {
  const ready = new Map<string, Ready>()
  for (const [n, arrival] of arrivals.entries()) {
    const meaning = meanings[n]
    const owner = owners[n]
    if (meaning?.kind !== 'snapshot' || typeof owner !== 'object' || ready.has(owner.organizationId)) continue
    ready.set(owner.organizationId, { arrival, snapshot: meaning.snapshot, ...owner })
  }
  return [...ready.values()]
}

async function applyReady(ctx: Context, ready: readonly Ready[], taken: Map<Arrival, TakenIn | Error>): Promise<void> {
  if (ready.length === 0) return
  try {
    const results = await applyAtOnce(ctx, ready)
    for (const [n, { arrival }] of ready.entries()) taken.set(arrival, results[n] ?? { added: false, status: null })
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    ctx.logger.info({ events: ready.length, error: errorMessage(error) }, 'webhooks are stored first and applied later')
  }
}

async function store(
  ctx: Context,
  arrival: Arrival,
  meaning: Meaning | undefined,
  owner: Ownership | undefined,
): Promise<TakenIn | Error> {
  const row = { ...inboxRow(ctx, arrival), ...(typeof owner === 'object' && owner) }
  // What says nothing needs nobody; all else waits.
  if (meaning?.kind === 'ignored')
    Object.assign(row, { status: 'ignored', reason: meaning.reason, processedAt: row.receivedAt })
  try {
    const { size } = await asPlatform(ctx.db, (scope) => insertEvents(scope, [row]))
    return { added: size === 1, status: size === 1 ? row.status : null }
  } catch (error) {
    if (isDatabaseUnavailable(error) || !(error instanceof Error)) throw error
    return error
  }
}
