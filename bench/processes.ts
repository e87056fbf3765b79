import { requireEndStates } from './end-states.ts'
import type { PartInput } from './parts.ts'
import { type RunResult, runSide } from './run-side.ts'
import { billhookSide } from './sides.ts'
import { fixed, medianOrNull, table } from './table.ts'

const concurrency = 32

/** Several processes of the service on one Postgres: nothing may go wrong between them, and an event may not cost more. */
export async function measureProcesses({ options, ground, say }: PartInput): Promise<string> {
  const rows: string[][] = []
  let alone: number | null = null
  for (const processes of options.processes) {
    const running = await ground.start(billhookSide, { processes })
    const run = (events: number): Promise<RunResult> => runSide({ ...ground, running, concurrency, events })
    for (let process = 0; process < processes; process++) await run(options.warmUpEvents)
    const runs: RunResult[] = []
    for (let round = 1; round <= options.rounds; round++) {
      runs.push(await run(options.events))
      say(`${processes} processes, round ${round}: ${Math.round(runs.at(-1)?.appliedPerSecond ?? 0)} events/s`)
    }
    // Whatever went wrong has stopped the bench by now: an answer other than 200, an event that was not applied, an end that is not right.
    await requireEndStates(running, ground.fixture)
    await running.stop()
    const of = (figure: (run: RunResult) => number | null) => medianOrNull(runs.map(figure))
    const total = of(({ serverCpuUs, postgresCpuUs }) => plus(serverCpuUs, postgresCpuUs))
    alone ??= total
    rows.push([
      `${processes}`,
      fixed(
        of(({ appliedPerSecond }) => appliedPerSecond),
        0,
      ),
      '0',
      fixed(
        of(({ serverCpuUs }) => serverCpuUs),
        0,
      ),
      fixed(
        of(({ postgresCpuUs }) => postgresCpuUs),
        0,
      ),
      fixed(total, 0),
      fixed(total !== null && alone ? total / alone : null, 2),
    ])
  }
  const title = [
    `processes, c=${concurrency}`,
    'events/s',
    'errors',
    'server us',
    'postgres us',
    'CPU us',
    'of the first',
  ]
  return table([title, ...rows])
}

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
