import type { Context } from '../../context.ts'
import { freeLocks, isDatabaseUnavailable, requireOrganizationId, usageLock } from '../../db/index.ts'
import { BillhookError, Convoy, errorMessage, Gatherer } from '../../primitives/index.ts'
import { inLedgers } from './in-ledgers.ts'
import type { Ledger } from './ledger.ts'
import type { SentIds } from './store.ts'

/** Something that reads and fills the ledger. It decides in turn with others of its organization, and sees what they have decided. */
export interface UsageWork<T> {
  /** Of all events that it may count. */
  eventIds: readonly string[]
  /** What it throws is its own affair, as long as it has put nothing into the ledger. */
  decide(ledger: Ledger): Promise<T>
}

type Outcome = { value: unknown } | { error: unknown }

/** Works on one organization's usage that go together. */
interface Line extends SentIds {
  works: ReadonlyArray<UsageWork<unknown>>
}

/** What one process writes at the same time: lines of works on one organization, and of those the short ones of several organizations. */
interface Traffic {
  lines: Convoy<UsageWork<unknown>, Outcome>
  shortLines: Gatherer<Line, Outcome[] | null>
}

const traffics = new WeakMap<Context, Traffic>()
const mostInLine = 100
/** What is long gains nothing from company, and the others would wait for it. */
const longestShortLine = 50
/** All who ask at once go together: what comes while the database works on them need not wait for its end. */
const gathering = { sizeAtMost: 32, batchesAtMost: 2 }

/** Does the work in one transaction with other work on usage that has come to this process meanwhile. Error: `organization_not_found` (404). */
export async function writeUsage<T>(ctx: Context, organizationId: string, work: UsageWork<T>): Promise<T> {
  requireOrganizationId(organizationId)
  const outcome = await trafficOf(ctx).lines.add(organizationId, work)
  if ('error' in outcome) throw outcome.error
  // Each is answered with the outcome of its own work.
  return outcome.value as T
}

function trafficOf(ctx: Context): Traffic {
  const known = traffics.get(ctx)
  if (known) return known
  const shortLines = new Gatherer({
    ...{ work: (lines: Line[]) => workOffFree(ctx, lines), keyOf: ({ organizationId }: Line) => organizationId },
    ...gathering,
  })
  const lines = new Convoy({
    work: async (organizationId, works: Array<UsageWork<unknown>>) => {
      const line = { organizationId, works, eventIds: [...new Set(works.flatMap(({ eventIds }) => eventIds))] }
      const outcomes = line.eventIds.length > longestShortLine ? null : await shortLines.add(line)
      return outcomes ?? workOffAlone(ctx, line)
    },
    sizeAtMost: mostInLine,
  })
  const traffic = { lines, shortLines }
  traffics.set(ctx, traffic)
  return traffic
}

/**
 * Null for whom another process is busy with: waiting for some while holding others, two of these could wait for each other. And for all
 * when one of them fails, so that it fails alone.
 */
async function workOffFree(ctx: Context, lines: readonly Line[]): Promise<Array<Outcome[] | null>> {
  const lock = freeLocks(
    lines.map(({ organizationId }) => organizationId),
    'usage',
  )
  try {
    const done = await workOff(ctx, lines, lock)
    return lines.map(({ organizationId }) => done.get(organizationId) ?? null)
  } catch (error) {
    if (lines.length === 1 || isDatabaseUnavailable(error)) throw error
    ctx.logger.info({ organizations: lines.length, error: errorMessage(error) }, 'usage is written one by one')
    return lines.map(() => null)
  }
}

/** Waits for its turn, however long another process is at it. */
async function workOffAlone(ctx: Context, line: Line): Promise<Outcome[]> {
  const done = await workOff(ctx, [line], usageLock(line.organizationId))
  return done.get(line.organizationId) ?? []
}

function workOff(ctx: Context, lines: readonly Line[], lock: ReturnType<typeof usageLock>) {
  const worksOf = new Map(lines.map(({ organizationId, works }) => [organizationId, works]))
  return inLedgers(ctx, { sent: lines, lock }, async (ledger) => {
    const done: Outcome[] = []
    for (const work of worksOf.get(ledger.scope.organizationId) ?? []) done.push(await outcomeOf(work, ledger))
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
