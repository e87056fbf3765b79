import pg from 'pg'
import { type BillingService, createBilling } from '../../src/billing.ts'
import type { Database } from '../../src/db/index.ts'
import { databaseOver } from '../../src/db/postgres.ts'
import type { BillingEvent } from '../../src/outbox/index.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { Fate, fatedProvider } from './crash.ts'
import type { World } from './world.ts'

/** A process of the service: everything it has is its own but the database. */
export interface Process {
  readonly service: BillingService
  readonly fate: Fate
}

/** A place for one process after another, over one database. Connections outlive a history, not a crash. */
export class Slot {
  readonly #url: string
  #fate = new Fate()
  #database: Database | null = null

  constructor(url: string) {
    this.#url = url
  }

  /** `hear`: what the process's listener does with a BillingEvent. */
  async start(world: World, hear: (fate: Fate, billingEventId: string) => void): Promise<Process> {
    if (this.#fate.isDead) await this.#abandon()
    this.#database ??= this.#connect()
    const fate = this.#fate
    fate.spare()
    const service = await createBilling({
      baseUrl: 'http://billhook.test',
      providers: { [world.provider]: (host) => fatedProvider(world.make(host), fate) },
      database: this.#database,
      clock: world.clock,
      // A host that runs in the process dies with it.
      listeners: { host: (event: BillingEvent) => fate.through([], async () => hear(fate, event.id)) },
      settings: { reconcileEveryHours: null, webhookAttempts: 40 },
    })
    return { service, fate }
  }

  async close(): Promise<void> {
    await this.#database?.close()
  }

  #connect(): Database {
    const pool = new pg.Pool({
      connectionString: this.#url,
      max: 3,
      application_name: 'billhook histories',
      pipeline: true,
    })
    const fate = this.#fate
    pool.on('connect', (connection) => fate.holds(connection))
    return databaseOver(pool, silentLogger)
  }

  async #abandon(): Promise<void> {
    await this.#database?.close()
    this.#database = null
    this.#fate = new Fate()
  }
}
