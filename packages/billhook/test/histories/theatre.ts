import { sql } from 'drizzle-orm'
import { type Database, openPostgres } from '../../src/db/index.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { makeCatalog } from './catalog.ts'
import { Slot } from './stage.ts'
import type { OpenWorld } from './world.ts'

const processesAtMost = 3
/** Ends that would fall due in a later history, whose account knows nothing of them. */
const releaseHolds = `update billhook.bindings set hold_ends_at = null, hold_status = null, hold_operation_id = null, hold_retry_at = null
  where hold_ends_at is not null;`
const tables = ['webhook_events', 'deliveries', 'alerts', 'operations', 'invoices'] as const

/** Where histories are performed, one after the other: two databases with one catalog, and the places for their processes. */
export class Theatre {
  readonly stormy: Database
  readonly calm: Database
  readonly stormySlots: readonly Slot[]
  readonly calmSlots: readonly Slot[]
  readonly openWorld: OpenWorld
  #performances = 0
  #organizations = 0

  private constructor(
    openWorld: OpenWorld,
    [stormyUrl, calmUrl]: readonly [string, string],
    opened: [Database, Database],
  ) {
    this.openWorld = openWorld
    ;[this.stormy, this.calm] = opened
    this.stormySlots = Array.from({ length: processesAtMost }, () => new Slot(stormyUrl))
    this.calmSlots = [new Slot(calmUrl)]
  }

  static async open(openWorld: OpenWorld, urls: readonly [string, string]): Promise<Theatre> {
    const world = await openWorld({ tag: 'catalog', startsAt: new Date('2026-01-01T00:00:00Z') })
    const open = (url: string) => openPostgres({ url, logger: silentLogger, poolSize: 2 })
    const opened: [Database, Database] = [await open(urls[0]), await open(urls[1])]
    for (const database of opened) await makeCatalog(database, world)
    await world.close()
    return new Theatre(openWorld, urls, opened)
  }

  /** In every id of an account: none comes a second time. */
  nextTag(): string {
    this.#performances += 1
    return `h${this.#performances}`
  }

  nextOrganizationId(): string {
    this.#organizations += 1
    return `bhorg_0190000000007000800${String(this.#organizations).padStart(13, '0')}`
  }

  /** Nothing of one history is found by the next. */
  async clear(): Promise<void> {
    for (const database of [this.stormy, this.calm])
      await database.drizzle.execute(
        sql.raw(`do $$ begin set local session_replication_role = replica;
          ${tables.map((table) => `delete from billhook.${table};`).join(' ')} ${releaseHolds} end $$`),
      )
  }

  async close(): Promise<void> {
    await Promise.all([...this.stormySlots, ...this.calmSlots].map((slot) => slot.close()))
    await Promise.all([this.stormy.close(), this.calm.close()])
  }
}
