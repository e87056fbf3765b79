import type { Context } from '../../context.ts'
import { askingInOrganizations, oneOf, type Statement } from '../../db/index.ts'
import { askRights } from '../entitlements/index.ts'
import { forever } from '../meters/index.ts'
import { counterKey, eventKey, type Ledger, openSince } from './ledger.ts'
import { requirePartition } from './retention-store.ts'
import { findStored, type SentIds, type StoredEvent, storedByOrganization, storedQuestion } from './store.ts'
import { writeLedgers } from './write-ledgers.ts'

/**
 * Opens the ledgers of the organizations whose usage `lock` has locked, for events of the ids that were sent, and writes what `work` has put
 * into them: one transaction, two round trips, however many there are. Answers by organization; one that was not locked is left out.
 */
export async function inLedgers<T>(
  ctx: Context,
  { sent, lock }: { sent: readonly SentIds[]; lock: Statement },
  work: (ledger: Ledger) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const receivedAt = ctx.clock.now()
  await requirePartition(ctx, receivedAt)
  const organizationIds = sent.map(({ organizationId }) => organizationId)
  const question = await askRights(ctx, organizationIds)
  const lately = { since: new Date(receivedAt.getTime() - rememberedMsOf(ctx)), before: forever }
  const asked = [lock, question.statement, storedQuestion(sent, lately)]
  const { done, isTold } = await askingInOrganizations(ctx.db, organizationIds, asked, async (scope, told) => {
    const [locked = [], rows = [], stored = []] = told.answers
    const rightsOf = question.read(rows)
    const storedOf = storedByOrganization(stored)
    const lockedIds = new Set(locked.map((row) => (row as { id: string }).id))
    const done = new Map<string, T>()
    const ledgers: Ledger[] = []
    for (const { organizationId, eventIds } of sent.filter((one) => lockedIds.has(one.organizationId))) {
      const rights = rightsOf(organizationId)
      const ledger = openLedger({ ctx, rights, receivedAt, scope: oneOf(scope, organizationId) })
      remember(ledger, storedOf(organizationId))
      remember(ledger, await findEarlier(ledger, eventIds, lately.since))
      done.set(organizationId, await work(ledger))
      ledgers.push(ledger)
    }
    const { statements, isTold } = await writeLedgers(ctx, ledgers, receivedAt)
    told.closing.push(...statements)
    return { done, isTold }
  })
  if (isTold) for (const job of ['deliver-events', 'send-webhooks'] as const) ctx.wake(job)
  return done
}

const openLedger = (opened: Pick<Ledger, 'ctx' | 'scope' | 'rights' | 'receivedAt'>): Ledger => ({
  ...opened,
  ...{ meters: new Map(), events: [], known: new Map(), held: new Map(opened.rights.held) },
  counters: new Map(opened.rights.counters.map((counter) => [counterKey(counter), counter])),
})

function remember({ known }: Ledger, stored: readonly StoredEvent[]): void {
  for (const event of stored) known.set(eventKey(event.meterId, event.eventId), event)
}

const dayMs = 86_400_000
/** As long as a sent id is remembered at least. */
const rememberedMsOf = ({ settings }: Context): number => Math.max(35, settings.usageLateDays) * dayMs

/**
 * While a window is open, nothing counts in it twice: ids are remembered since the start of the oldest one. Mostly that is not long ago, and
 * known already. Clocks of providers may differ from the wall clock, so it is the age of the window that counts.
 */
async function findEarlier(
  { scope, rights, receivedAt }: Ledger,
  eventIds: readonly string[],
  before: Date,
): Promise<StoredEvent[]> {
  const starts = [...rights.counters.map(({ startsAt }) => startsAt), openSince(rights, [])].map((at) => at.getTime())
  const since = new Date(receivedAt.getTime() - (rights.now.getTime() - Math.min(...starts)))
  return since < before ? findStored(scope, eventIds, { since, before }) : []
}
