import type { Context } from '../context.ts'
import { asPlatform, isDatabaseUnavailable } from '../db/index.ts'
import { errorMessage } from '../primitives/index.ts'
import { applyAtOnce, type TakenIn } from './apply-at-once.ts'
import { type Arrival, inboxRow } from './arrival.ts'
import { insertEvents } from './inbox.ts'

/** Makes what arrived durable, and applies what can be applied at once. Answers for each, in order. Throws only when the database is gone. */
export async function takeIn(ctx: Context, arrivals: readonly Arrival[]): Promise<Array<TakenIn | Error>> {
  try {
    return await applyAtOnce(ctx, arrivals)
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    ctx.logger.debug({ events: arrivals.length, error: errorMessage(error) }, 'webhooks are stored first, then applied')
  }
  // One by one: what is wrong with one of them, or who else is at it, concerns no other.
  const taken: Array<TakenIn | Error> = []
  for (const arrival of arrivals) taken.push(await store(ctx, arrival))
  return taken
}

async function store(ctx: Context, arrival: Arrival): Promise<TakenIn | Error> {
  try {
    const added = await asPlatform(ctx.db, (scope) => insertEvents(scope, [inboxRow(ctx, arrival)]))
    return { added: added === 1, status: 'received' }
  } catch (error) {
    if (isDatabaseUnavailable(error) || !(error instanceof Error)) throw error
    return error
  }
}
