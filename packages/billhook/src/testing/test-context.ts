import type { Context } from '../context.ts'
import { openPostgres } from '../db/index.ts'
import { databaseStateStore } from '../db/state-store.ts'
import { type FixedClock, fixedClock, systemIds } from '../primitives/index.ts'
import { PaymentProviderFactory } from '../providers/factory.ts'
import type { Logger, MakeProvider } from '../providers/provider.ts'
import { createTestDatabase } from './postgres/index.ts'

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export interface TestContext extends Context {
  readonly clock: FixedClock
  close(): Promise<void>
}

export interface TestContextOptions {
  providers?: Record<string, MakeProvider>
  logger?: Logger
  at?: string
}

/** A Context over a database of its own, whose owner is held to row-level security, with a clock that stands still. */
export async function openTestContext(options: TestContextOptions = {}): Promise<TestContext> {
  const { providers = {}, logger = silentLogger, at = '2026-03-01T00:00:00Z' } = options
  const database = await createTestDatabase({ owner: 'plain' })
  const db = await openPostgres({ url: database.url, logger })
  const clock = fixedClock(at)
  const baseUrl = 'http://billhook.test'
  const factory = new PaymentProviderFactory({
    defaultProvider: Object.keys(providers)[0],
    host: (providerName) => ({
      providerName,
      baseUrl,
      webhookUrl: `${baseUrl}/api/v1/billing/webhooks/${providerName}/`,
      clock,
      logger,
      stateStore: databaseStateStore({ db, clock, provider: providerName }),
      fetch,
    }),
  })
  for (const [name, make] of Object.entries(providers)) factory.registerProvider(name, make)
  return {
    db,
    clock,
    ids: systemIds(clock),
    logger,
    providers: factory,
    settings: { baseUrl, duplicatePolicy: 'cancel', webhookAttempts: 3 },
    receivers: new Map(),
    wake() {},
    close: async () => {
      await db.close()
      await database.drop()
    },
  }
}
