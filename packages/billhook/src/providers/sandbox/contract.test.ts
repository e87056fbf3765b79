import { afterAll, beforeAll, describe } from 'vitest'
import type { Database } from '../../db/index.ts'
import { databaseStateStore } from '../../db/state-store.ts'
import { fixedClock } from '../../primitives/index.ts'
import { providerContract } from '../../testing/contract/index.ts'
import { openTestDatabase } from '../../testing/postgres/index.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'

providerContract('the sandbox', async () => contractHarnessOver(createSandboxHarness()))

describe('over a database', () => {
  let db: Database
  let accounts = 0
  beforeAll(async () => {
    db = await openTestDatabase()
  })
  afterAll(() => db.close())

  providerContract('the sandbox', async () => {
    accounts += 1
    const clock = fixedClock('2026-01-31T10:00:00Z')
    const stateStore = databaseStateStore({ db, clock, provider: `sandbox-${accounts}` })
    return contractHarnessOver(createSandboxHarness({ stateStore }))
  })
})
