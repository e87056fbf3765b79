import type { Context } from '../../context.ts'
import { BillhookError, Convoy } from '../../primitives/index.ts'
import { inLedger, type Ledger } from './ledger.ts'

/** Something that reads and fills the ledger. It decides in turn with others of its organization, and sees what they have decided. */
export interface UsageWork<T> {
  /** Of all events that it may count. */
  eventIds: readonly string[]
  /** What it throws is its own affair, as long as it has put nothing into the ledger. */
  decide(ledger: Ledger): Promise<T>
}

type Outcome = { value: unknown } | { error: unknown }

const convoys = new WeakMap<Context, Convoy<UsageWork<unknown>, Outcome>>()
const mostAtOnce = 100

/** Does the work in one transaction with all other work on this organization's usage that has come to this process meanwhile. */
export async function writeUsage<T>(ctx: Context, organizationId: string, work: UsageWork<T>): Promise<T> {
  const convoy = convoys.get(ctx) ?? new Convoy({ work: (key, all) => workOff(ctx, key, all), sizeAtMost: mostAtOnce })
  convoys.set(ctx, convoy)
  const outcome = await convoy.add(organizationId, work)
  if ('error' in outcome) throw outcome.error
  // The convoy answers each with the outcome of its own work.
  return outcome.value as T
}

async function workOff(ctx: Context, organizationId: string, all: Array<UsageWork<unknown>>): Promise<Outcome[]> {
  const eventIds = [...new Set(all.flatMap((work) => work.eventIds))]
  return inLedger(ctx, { organizationId, eventIds }, async (ledger) => {
    const done: Outcome[] = []
    for (const work of all) done.push(await outcomeOf(work, ledger))
    return done
  })
}

/** An expected failure is the work's own; anything else ends the transaction, and with it everybody's. */
async function outcomeOf(work: UsageWork<unknown>, ledger: Ledger): Promise<Outcome> {
  try {
    return { value: await work.decide(ledger) }
  } catch (error) {
    if (error instanceof BillhookError) return { error }
    throw error
  }
}
