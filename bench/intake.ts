import { mkdir } from 'node:fs/promises'
import { requireEndStates } from './end-states.ts'
import type { PartInput } from './parts.ts'
import { report } from './report.ts'
import { type RunningSide, type RunResult, runSide } from './run-side.ts'
import type { Side } from './sides.ts'
import { type StatementCost, statementCosts } from './statements.ts'
import { perEvent, readTally, type Tally } from './tally.ts'

export interface IntakeResult {
  runs: RunResult[]
  /** What an event cost each side's database, over warm-up and all runs. */
  tallies: Array<{ side: Side['name']; tally: Tally }>
  /** Of the service, with --profile; the dearest first. */
  statements: StatementCost[]
}

/** How fast each side takes events in, durable and applied. The sides take turns. */
export async function measureIntake({ options, sides, ground, say }: PartInput): Promise<string> {
  const { profileDirectory, concurrencies, rounds } = options
  if (profileDirectory) await mkdir(profileDirectory, { recursive: true })
  const all: RunningSide[] = []
  for (const side of sides) {
    const profiled = profileDirectory && side.name === 'billhook'
    const nodeArguments = profiled ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
    all.push(await ground.start(side, { nodeArguments }))
  }
  const run = (running: RunningSide, events: number, concurrency: number): Promise<RunResult> =>
    runSide({ ...ground, running, events, concurrency })
  for (const running of all) await run(running, options.warmUpEvents, Math.max(...concurrencies))
  const runs: RunResult[] = []
  for (const concurrency of concurrencies) {
    for (let round = 1; round <= rounds; round++) {
      for (const running of all) {
        const result = await run(running, options.events, concurrency)
        say(`c=${concurrency} round ${round} ${running.side.name}: ${Math.round(result.appliedPerSecond)} events/s`)
        runs.push(result)
      }
    }
  }
  const tallies: IntakeResult['tallies'] = []
  for (const running of all) {
    await requireEndStates(running, ground.fixture)
    await running.stopProcesses()
    const tally = perEvent(running.tallyBefore, await readTally(running.watcher), running.nextEvent)
    tallies.push({ side: running.side.name, tally })
  }
  const service = all.find((running) => running.side.name === 'billhook')
  const statements = profileDirectory && service ? await statementCosts(service.watcher, service.nextEvent) : []
  for (const running of all) await running.stop()
  return report({ runs, tallies, statements })
}
