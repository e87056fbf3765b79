import type { Context } from '../context.ts'
import { isDatabaseUnavailable, writingAsPlatform } from '../db/index.ts'
import { type Arrival, inboxRow, type NewWebhookEvent } from './arrival.ts'
import { addedIds, insertingEvents } from './inbox.ts'
import { type Meaning, meaningOf } from './meaning.ts'
import { type Ownership, ownersOf } from './owners.ts'
import type { Ready } from './ready.ts'

/** Whether it is new here, and how it was stored; null: as whatever it was before. */
export interface TakenIn {
  added: boolean
  status: NewWebhookEvent['status'] | null
  /** What can be applied without asking anybody: this process has it for a while, before it is anyone's. */
  ready: Ready | null
}

/** So long does an event that is ready belong to the process that took it in; if that dies with it, it is simply late. */
const leaseMs = 10_000

/** Makes what arrived durable. Answers for each, in order; an error is of that one alone. Throws only when the database is gone. */
export async function takeIn(ctx: Context, arrivals: readonly Arrival[]): Promise<Array<TakenIn | Error>> {
  const meanings = arrivals.map(meaningOf)
  const claims = arrivals.map(({ provider }, n) => ({ provider: provider.providerName, refs: refsOf(meanings[n]) }))
  const owners = await ownersOf(ctx, claims)
  const deliveries = arrivals.map((arrival, n) => deliveryOf(ctx, arrival, meanings[n], owners[n]))
  try {
    return await store(ctx, deliveries)
  } catch (error) {
    if (isDatabaseUnavailable(error) || deliveries.length === 1) throw error
    return storeEach(ctx, deliveries)
  }
}

const refsOf = (meaning: Meaning | undefined) => (meaning?.kind === 'snapshot' ? meaning.refs : {})

interface Delivery {
  row: NewWebhookEvent
  ready: Ready | null
}

function deliveryOf(
  ctx: Context,
  arrival: Arrival,
  meaning: Meaning | undefined,
  owner: Ownership | undefined,
): Delivery {
  const row = inboxRow(ctx, arrival)
  // What says nothing needs nobody; all else waits.
  if (meaning?.kind === 'ignored')
    Object.assign(row, { status: 'ignored', reason: meaning.reason, processedAt: row.receivedAt })
  if (typeof owner !== 'object') return { row, ready: null }
  const { organizationId } = owner
  if (meaning?.kind !== 'snapshot') return { row: { ...row, organizationId }, ready: null }
  const dueAt = new Date(row.receivedAt.getTime() + leaseMs)
  return {
    row: { ...row, organizationId, dueAt },
    ready: { id: row.id, organizationId, snapshot: meaning.snapshot, type: row.type },
  }
}

async function store(ctx: Context, deliveries: readonly Delivery[]): Promise<TakenIn[]> {
  const rows = deliveries.map(({ row }) => row)
  const added = addedIds(await writingAsPlatform<{ id: string }>(ctx.db, insertingEvents(rows)))
  return deliveries.map(({ row, ready }) =>
    added.has(row.id) ? { added: true, status: row.status, ready } : { added: false, status: null, ready: null },
  )
}

/** One by one: what is wrong with one of them, or who else is at it, concerns no other. */
async function storeEach(ctx: Context, deliveries: readonly Delivery[]): Promise<Array<TakenIn | Error>> {
  const taken: Array<TakenIn | Error> = []
  for (const delivery of deliveries) {
    try {
      taken.push(...(await store(ctx, [delivery])))
    } catch (error) {
      if (isDatabaseUnavailable(error) || !(error instanceof Error)) throw error
      taken.push(error)
    }
  }
  return taken
}
