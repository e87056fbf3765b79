import { mkdir } from 'node:fs/promises'
import { openServer, query } from './database.ts'
import type { BenchOptions } from './options.ts'
import { preload } from './preload.ts'
import { type RunningSide, type RunResult, runSide, startSide } from './run-side.ts'
import type { Side } from './sides.ts'
import { startProcess } from './start-process.ts'
import { type StatementCost, statementCosts } from './statements.ts'
import { perEvent, readTally, type Tally } from './tally.ts'

export interface BenchResult {
  runs: RunResult[]
  /** What an event cost each side's database, over warm-up and all runs. */
  tallies: Array<{ side: Side['name']; tally: Tally }>
  /** Of the service, with --profile; the dearest first. */
  statements: StatementCost[]
}

export interface BenchInput {
  options: BenchOptions
  sides: Side[]
  say(line: string): void
}

/** Prepares everybody, lets them take turns, and leaves nothing behind. */
export async function runBench({ options, sides, say }: BenchInput): Promise<BenchResult> {
  await using cleanup = new AsyncDisposableStack()
  const { profileDirectory } = options
  if (profileDirectory) await mkdir(profileDirectory, { recursive: true })
  const server = await openServer(profileDirectory !== undefined)
  cleanup.defer(() => server.stop())
  const prefix = `billhook_bench_${process.pid}`
  const admin = (text: string) => query(server.url('postgres'), text)
  const makeDatabase = async (name: string, template: string): Promise<string> => {
    await admin(`create database ${name} template ${template}`)
    cleanup.defer(async () => void (await admin(`drop database ${name} with (force)`)))
    return server.url(name)
  }

  const startedMs = performance.now()
  const preloaded = `${prefix}_preloaded`
  const databaseUrl = await makeDatabase(preloaded, 'template0')
  const fixture = await preload({ databaseUrl, organizations: options.organizations })
  say(`${options.organizations} organizations preloaded in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)

  const driver = await startProcess('drive.ts')
  cleanup.defer(() => driver.stop())
  const running: RunningSide[] = []
  for (const side of sides) {
    const database = await makeDatabase(
      `${prefix}_${side.name.replace('-', '_')}`,
      side.isPreloaded ? preloaded : 'template0',
    )
    const profiled = profileDirectory && side.name === 'billhook'
    const nodeArguments = profiled ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
    const started = await startSide({ side, databaseUrl: database, nodeArguments })
    cleanup.defer(() => started.stop())
    running.push(started)
  }

  const run = (side: RunningSide, events: number, concurrency: number): Promise<RunResult> =>
    runSide({ running: side, driver, fixture, postgresPid: server.pid, events, concurrency })
  for (const side of running) await run(side, options.warmUpEvents, Math.max(...options.concurrencies))
  const runs: RunResult[] = []
  for (const concurrency of options.concurrencies) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const side of running) {
        const result = await run(side, options.events, concurrency)
        say(`c=${concurrency} round ${round} ${side.side.name}: ${Math.round(result.appliedPerSecond)} events/s`)
        runs.push(result)
      }
    }
  }
  const tallies: BenchResult['tallies'] = []
  for (const side of running) {
    await side.process.stop()
    const tally = perEvent(side.tallyBefore, await readTally(side.watcher), side.nextEvent)
    tallies.push({ side: side.side.name, tally })
  }
  const service = running.find((side) => side.side.name === 'billhook')
  const statements = profileDirectory && service ? await statementCosts(service.watcher, service.nextEvent) : []
  return { runs, tallies, statements }
}
