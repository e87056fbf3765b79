import type { Context } from '../../context.ts'
import { lockOrganization, type Statement, together } from '../../db/index.ts'
import { appendStatements } from '../../outbox/append.ts'
import type { BillingFact } from '../../outbox/billing-event.ts'
import { wholeQuantity } from '../../primitives/index.ts'
import { type Counter, counterOf } from '../entitlements/index.ts'
import { counterKey, type Ledger } from './ledger.ts'
import { addRollups, insertEvents, insertValues, putCounters } from './store.ts'
import { rollupsOf } from './tally.ts'
import { tellThresholds } from './thresholds.ts'

/** What the ledgers hold, as statements to be executed with the commit: nothing where nothing was counted. */
export async function writeLedgers(
  ctx: Context,
  all: readonly Ledger[],
  receivedAt: Date,
): Promise<{ statements: Statement[]; isTold: boolean }> {
  const ledgers = all.filter(({ events }) => events.length > 0)
  const told: ToldFacts[] = []
  for (const ledger of ledgers) {
    await countNewValues(ledger)
    const facts = tellAll(ledger)
    if (facts.length > 0) told.push({ ledger, facts })
  }
  const written = ledgers.map(({ scope, events }) => ({ organizationId: scope.organizationId, events }))
  const statements = [
    ...insertEvents(receivedAt, written),
    ...addRollups(written.flatMap(({ organizationId, events }) => rollupsOf(organizationId, events))),
    ...putCounters(ledgers.flatMap(movedCounters), receivedAt),
    ...(await factStatements(ctx, told)),
  ]
  return { statements, isTold: told.length > 0 }
}

function movedCounters({ scope: { organizationId }, events, counters }: Ledger) {
  const touched = new Set(events.map(({ meter }) => meter.id))
  return [...counters.values()].flatMap((counter) =>
    touched.has(counter.meterId) ? [{ organizationId, ...counter }] : [],
  )
}

/** Only the database knows which values of a `unique` meter a counter has seen. */
async function countNewValues(ledger: Ledger): Promise<void> {
  const { scope, counters, events } = ledger
  const { organizationId } = scope
  const rows = [...counters.values()].flatMap(({ meterId, startsAt }) =>
    events.flatMap(({ meter, value, countedAt, properties }) =>
      meter.id === meterId &&
      meter.aggregation === 'unique' &&
      meter.property &&
      value !== null &&
      startsAt <= countedAt
        ? [{ organizationId, meterId, startsAt, value: String(properties[meter.property]) }]
        : [],
    ),
  )
  if (rows.length === 0) return
  // Rows of counters must be there before their values.
  const own = movedCounters(ledger).filter(({ meterId }) => rows.some((row) => row.meterId === meterId))
  for (const statement of putCounters(own, ledger.receivedAt)) await scope.tx.execute(statement)
  const added = await insertValuesOf(ledger, rows)
  for (const counter of added) counters.set(counterKey(counter), counter)
}

async function insertValuesOf(
  { scope, counters }: Ledger,
  rows: Parameters<typeof insertValues>[1],
): Promise<Counter[]> {
  const fresh = new Map<string, number>()
  for (const row of await insertValues(scope, rows)) fresh.set(counterKey(row), (fresh.get(counterKey(row)) ?? 0) + 1)
  return [...fresh].flatMap(([key, count]) => {
    const counter = counters.get(key)
    return counter ? [{ ...counter, used: counter.used + wholeQuantity(count) }] : []
  })
}

/** The thresholds that were crossed, each limit's against its own counter. */
function tellAll({ scope, meters, counters }: Ledger): BillingFact[] {
  return [...meters.values()].flatMap(({ limits }) =>
    limits.flatMap((limit) => {
      const found = limit.window?.isRolling ? undefined : counterOf(limit, [...counters.values()])
      if (!found) return []
      const { facts, counter } = tellThresholds(scope.organizationId, limit, found)
      counters.set(counterKey(counter), counter)
      return facts
    }),
  )
}

interface ToldFacts {
  ledger: Ledger
  facts: BillingFact[]
}

/** Sequence numbers of facts are given under each organization's own lock. */
async function factStatements(ctx: Context, told: readonly ToldFacts[]): Promise<Statement[]> {
  if (told.length === 0) return []
  for (const { ledger } of told) await lockOrganization(ledger.scope)
  const inputs = told.map(({ ledger: { scope, rights }, facts }) => ({
    ...{ organizationId: scope.organizationId, facts, source: 'api' as const, occurredAt: rights.now },
  }))
  return [together(appendStatements(ctx, inputs))]
}
