import { expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres } from '../packages/billhook/src/testing/postgres/index.ts'
import { readOptions } from './options.ts'
import { preload } from './preload.ts'
import { report } from './report.ts'
import { runBench } from './run-bench.ts'
import { runSide, startSide } from './run-side.ts'
import { billhookSide, chooseSides } from './sides.ts'
import { startProcess } from './start-process.ts'

const smallRun = { events: 12, concurrency: 4, postgresPid: undefined }

// Six processes start, each of which compiles its TypeScript: seconds on an idle machine, more on a busy one.
describeWithPostgres('the bench', { timeout: 120_000 }, () => {
  it('counts a run only when every acknowledged event was applied', async () => {
    await using cleanup = new AsyncDisposableStack()
    const database = await createTestDatabase()
    cleanup.defer(() => database.drop())
    const fixture = await preload({ databaseUrl: database.url, organizations: 4 })
    const driver = await startProcess('drive.ts')
    cleanup.defer(() => driver.stop())
    const running = await startSide({ side: billhookSide, databaseUrl: database.url })
    cleanup.defer(() => running.stop())

    const counted = await runSide({ ...smallRun, running, driver, fixture })
    expect(counted.appliedPerSecond).toBeGreaterThan(0)

    // The same events again are answered 200 as duplicates, and change nothing.
    running.nextEvent = 0
    await expect(runSide({ ...smallRun, running, driver, fixture })).rejects.toThrow(
      'void: of 12 events 0 were applied',
    )

    // Events about nobody we know are answered 200, stored and ignored.
    const strangers = {
      ...fixture,
      accounts: fixture.accounts.map((_, n) => ({ organizationId: 'unknown', externalCustomerId: `cus_unknown${n}` })),
    }
    running.nextEvent = 1_000
    const ignored = runSide({ ...smallRun, running, driver, fixture: strangers })
    await expect(ignored).rejects.toThrow(/void: of 12 events 0 were applied; answers \{"200":12\}.*ignored/)
  })

  it('--quick goes through every side and ends with the ratios', async () => {
    const options = { ...readOptions(['--quick']), events: 20, warmUpEvents: 4, organizations: 6 }
    const { sides, skipped } = chooseSides(undefined)
    expect(skipped).toEqual([expect.stringMatching(/^stripe-sync: skipped/)])
    const text = report(await runBench({ options, sides, say: () => {} }))
    expect(text).toMatch(/^intake\/floor c=8: \d+\.\d\d$/m)
    expect(text).toMatch(/^intake\/floor-full c=8: \d+\.\d\d$/m)
  })
})
