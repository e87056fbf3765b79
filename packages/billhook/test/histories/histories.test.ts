import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres, type TestDatabase } from '../../src/testing/postgres/index.ts'
import { histories } from './history.ts'
import { runHistory, type Tally } from './run-history.ts'
import { Theatre } from './theatre.ts'
import { worlds } from './worlds.ts'

const runs = Number(process.env.HISTORIES_RUNS ?? 20)
const seed = Number(process.env.HISTORIES_SEED ?? 20260131)

describeWithPostgres.each(Object.entries(worlds))('any history at %s', (name, openWorld) => {
  const databases: TestDatabase[] = []
  let theatre: Theatre
  beforeAll(async () => {
    databases.push(await createTestDatabase(), await createTestDatabase())
    const [stormy, calm] = databases
    theatre = await Theatre.open(openWorld, [stormy?.url ?? '', calm?.url ?? ''])
  })
  afterAll(async () => {
    await theatre.close()
    await Promise.all(databases.map((database) => database.drop()))
  })

  it('ends as the provider has it, told once, whatever becomes of deliveries and processes', async () => {
    const total: Tally = { messages: 0, crashes: 0, told: 0, repeats: 0 }
    const begin = performance.now()
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const tally = await runHistory(theatre, history)
        for (const key of Object.keys(total) as Array<keyof Tally>) total[key] += tally[key]
      }),
      { seed, numRuns: runs },
    )
    console.log(name, runs, total, Math.round((performance.now() - begin) / runs), 'ms each')
    expect(total.told).toBeGreaterThan(0)
  })
})
