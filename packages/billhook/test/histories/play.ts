import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres, type TestDatabase } from '../../src/testing/postgres/index.ts'
import { add, checkHistories, nothingYet } from './check-histories.ts'
import { readHistoriesInput } from './histories-input.ts'
import { regressions } from './regressions.ts'
import { runHistory } from './run-history.ts'
import { Theatre } from './theatre.ts'
import { worlds } from './worlds.ts'

const { runs, seed, path, world: only } = readHistoriesInput(process.env)
const batchSize = 100
const aLot = 24 * 3_600_000

/** The tests of a world, in a file of its own so that worlds are played side by side; none where another one was asked for. */
export function playHistories(world: keyof typeof worlds): void {
  const isPlayed = only === null || only === world
  const play = isPlayed ? describeWithPostgres : describe.skip
  play(`at ${world}, a history`, () => {
    const databases: TestDatabase[] = []
    let theatre: Theatre
    beforeAll(async () => {
      databases.push(await createTestDatabase(), await createTestDatabase())
      const [stormy, calm] = databases
      theatre = await Theatre.open(worlds[world], [stormy?.url ?? '', calm?.url ?? ''])
    })
    afterAll(async () => {
      await theatre.close()
      await Promise.all(databases.map((database) => database.drop()))
    })

    const known = regressions.filter((regression) => path === null && regression.world === world)
    describe.runIf(known.length > 0)('that found a bug once', () => {
      it.each(known)('ends well: $was', async ({ history }) => {
        await runHistory(theatre, history)
      })
    })

    it(
      'ends as the provider has it, and is told once, whatever becomes of its deliveries and of the processes',
      async () => {
        const total = nothingYet()
        for (let done = 0; done < runs; done += batchSize) {
          // Each hundred has a seed of its own, where a long run can be taken up again.
          const input = { world, seed: seed + done / batchSize, runs: Math.min(batchSize, runs - done) }
          add(total, await checkHistories(theatre, { ...input, path: path ?? undefined }))
          process.stdout.write(
            `${world}, seed ${input.seed}: ${done + input.runs} of ${runs} histories hold, ${JSON.stringify(total)}\n`,
          )
        }
        expect(total.told).toBeGreaterThan(0)
      },
      aLot,
    )
  })
}
