import { lockOrganization, type Statement, together } from '../../db/index.ts'
import { appendStatements } from '../../outbox/append.ts'
import type { BillingFact } from '../../outbox/billing-event.ts'
import { wholeQuantity } from '../../primitives/index.ts'
import { type Counter, counterOf } from '../entitlements/index.ts'
import { counterKey, type Ledger } from './ledger.ts'
import { addRollups, insertEvents, insertValues, putCounters } from './store.ts'
import { rollupsOf } from './tally.ts'
import { tellThresholds } from './thresholds.ts'

/** What the ledger holds, as statements to be executed with the commit: nothing where nothing was counted. */
export async function writeLedger(ledger: Ledger): Promise<{ statements: Statement[]; isTold: boolean }> {
  const { scope, events, receivedAt } = ledger
  if (events.length === 0) return { statements: [], isTold: false }
  await countNewValues(ledger)
  const facts = tellAll(ledger)
  const touched = new Set(events.map(({ meter }) => meter.id))
  const counters = [...ledger.counters.values()].filter(({ meterId }) => touched.has(meterId))
  const statements = [
    ...insertEvents(scope.organizationId, receivedAt, events),
    ...addRollups(rollupsOf(scope.organizationId, events)),
    ...putCounters(scope.organizationId, counters, receivedAt),
    ...(await factStatements(ledger, facts)),
  ]
  return { statements, isTold: facts.length > 0 }
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
  const own = [...counters.values()].filter(({ meterId }) => rows.some((row) => row.meterId === meterId))
  for (const statement of putCounters(organizationId, own, ledger.receivedAt)) await scope.tx.execute(statement)
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

/** Sequence numbers of facts are given under the organization's own lock. */
async function factStatements({ ctx, scope, rights }: Ledger, facts: BillingFact[]): Promise<Statement[]> {
  if (facts.length === 0) return []
  await lockOrganization(scope)
  const input = { organizationId: scope.organizationId, facts, source: 'api' as const, occurredAt: rights.now }
  return [together(appendStatements(ctx, [input]))]
}
