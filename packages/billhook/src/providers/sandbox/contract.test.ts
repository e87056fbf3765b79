import { afterAll, beforeAll, describe } from 'vitest'
import type { Database } from '../../db/index.ts'
import { databaseStateStore } from '../../db/state-store.ts'
import { fixedClock } from '../../primitives/index.ts'

import { openTestDatabase } from '../../testing/postgres/index.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'
import { providerContract } from '../../testing/vitest.ts'
import type { SandboxOptions } from './index.ts'
import { makeHarness, makeHarnessWithoutDocuments } from './testing/contract-harness.ts'

providerContract('the sandbox', makeHarness)
providerContract('the sandbox without documents', makeHarnessWithoutDocuments)

describe.each<SandboxOptions>([
  { without: ['scheduled_ends'] },
  { without: ['previews', 'refunds'] },
  { without: ['scheduled_ends', 'pauses'] },
  { changes: 'approved' },
  { changes: 'next_cycle' },
])('with less to it: %o', (options) => {
  const makeNarrowHarness = async () => contractHarnessOver(createSandboxHarness(options))
  providerContract('the sandbox', makeNarrowHarness)
})

describe('over a database', () => {
  let db: Database
  let accounts = 0
  beforeAll(async () => {
    db = await openTestDatabase()
  })
  afterAll(() => db.close())

  // What a database can do wrong: keep half a change, lose one, or do it twice.
  const groups = ['checkout', 'refunds', 'outcomes']
  const makeHarnessOverDatabase = async () => {
    accounts += 1
    const clock = fixedClock('2026-01-31T10:00:00Z')
    const stateStore = databaseStateStore({ db, clock, provider: `sandbox-${accounts}` })
    return contractHarnessOver(createSandboxHarness({ stateStore }))
  }
  providerContract('the sandbox', makeHarnessOverDatabase, { filter: ({ group }) => groups.includes(group) })
})
