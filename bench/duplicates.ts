import { requireEndStates } from './end-states.ts'
import type { PartInput } from './parts.ts'
import { type RunResult, runSide } from './run-side.ts'
import { billhookSide } from './sides.ts'
import { fixed, median, medianOrNull, table } from './table.ts'

const concurrency = 32

/** The same shuffle every time. */
function shuffled(numbers: number[]): number[] {
  let state = 1
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return numbers
    .map((number) => ({ number, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ number }) => number)
}

/** Deliveries of each stream are as many; of the last, every second is one that came already. */
const streams: Array<{ name: string; share: number; arrange: (events: number[]) => number[] }> = [
  { name: 'in order, each once', share: 1, arrange: (events) => events },
  { name: 'shuffled, each once', share: 1, arrange: shuffled },
  { name: 'shuffled, each twice', share: 0.5, arrange: (events) => shuffled([...events, ...events]) },
]

/** What providers really send: events in any order, and again. Every end state is compared with what is right. */
export async function measureDuplicates({ options, ground, say }: PartInput): Promise<string> {
  const running = await ground.start(billhookSide)
  const run = (events: number, arrange?: (events: number[]) => number[]) =>
    runSide({ ...ground, running, concurrency, events, arrange })
  await run(options.warmUpEvents)
  const results = new Map<string, RunResult[]>(streams.map(({ name }) => [name, []]))
  for (let round = 1; round <= options.rounds; round++) {
    for (const { name, share, arrange } of streams) {
      // As many of either type.
      const result = await run(2 * Math.ceil((options.events * share) / 2), arrange)
      await requireEndStates(running, ground.fixture)
      say(`${name}, round ${round}: ${Math.round(result.appliedPerSecond)} deliveries/s, every end state right`)
      results.get(name)?.push(result)
    }
  }
  await running.stop()
  const rates = [...results].map(([name, runs]) => ({ name, rate: median(runs.map((each) => each.appliedPerSecond)) }))
  const [inOrder, , twice] = rates
  const rows = [...results].map(([name, runs], index) => [
    name,
    fixed(rates[index]?.rate ?? null, 0),
    fixed(medianOrNull(runs.map((each) => each.serverCpuUs)), 0),
    fixed(medianOrNull(runs.map((each) => each.postgresCpuUs)), 0),
    '0',
  ])
  const title = [`billhook, c=${concurrency}`, 'deliveries/s', 'server us', 'postgres us', 'wrong end states']
  return `${table([title, ...rows])}\n\nduplicates/duplicate-free c=${concurrency}: ${fixed((twice?.rate ?? 0) / (inOrder?.rate ?? 1), 2)}`
}
