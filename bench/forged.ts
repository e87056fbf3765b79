import type { FloodJob, FloodResult } from './flood.ts'
import type { PartInput } from './parts.ts'
import { type RunningSide, type RunResult, runSide } from './run-side.ts'
import { billhookSide } from './sides.ts'
import { type BenchProcess, startProcess } from './start-process.ts'
import { fixed, median, medianOrNull, table } from './table.ts'
import { rssMbOf } from './usage.ts'

/** Of those who may come in, and of those who may not. */
const concurrency = 8
const forgers = 32

/**
 * What strangers can do at the door: requests that nobody signed, as fast as they can be sent, beside events that come as always. They may not
 * leave a row behind, nor memory, and the events may not wait for them.
 */
export async function measureForged({ options, ground, say }: PartInput): Promise<string> {
  await using cleanup = new AsyncDisposableStack()
  const running = await ground.start(billhookSide)
  const flooder = await startProcess('flood.ts')
  cleanup.defer(() => flooder.stop())
  const run = (events: number): Promise<RunResult> => runSide({ ...ground, running, concurrency, events })
  const beside = (events: number, atLeast: number) => runBeside(flooder, running, () => run(events), atLeast)
  await run(options.warmUpEvents)

  const rows: Round[] = []
  for (let round = 1; round <= options.rounds; round++) {
    const alone = await run(options.events)
    const before = await look(running)
    const { result, flood } = await beside(options.events, options.forgedRequests)
    const after = await look(running)
    requireRefused(flood)
    // Each event is a row, and nothing else is.
    const strangers = after.rows - before.rows - options.events
    rows.push({
      alone: alone.ackP99Ms,
      beside: result.ackP99Ms,
      forged: flood.perSecond,
      strangers,
      before: before.rssMb,
      after: after.rssMb,
    })
    say(
      `forged, round ${round}: MB ${before.rssMb} -> ${after.rssMb}; ${Object.entries(flood.answers)
        .map(([status, times]) => `${times} x ${status}`)
        .join(', ')}`,
    )
  }
  await running.stop()
  return report(rows)
}

interface Round {
  alone: number
  beside: number
  forged: number
  strangers: number
  before: number | null
  after: number | null
}

async function runBeside(
  flooder: BenchProcess,
  { origins, side }: RunningSide,
  run: () => Promise<RunResult>,
  atLeast: number,
) {
  const job: FloodJob = { origin: origins[0] ?? '', path: side.path, concurrency: forgers, atLeast }
  const flooding = flooder.ask(job)
  const result = await run()
  const [flood] = await Promise.all([flooding, flooder.ask('enough')])
  return { result, flood: flood as FloodResult }
}

async function look({ watcher, processes }: RunningSide): Promise<{ rows: number; rssMb: number | null }> {
  const { rows } = await watcher.query<{ n: number }>('select count(*)::int as n from billhook.webhook_events')
  const [first] = processes
  return { rows: rows[0]?.n ?? 0, rssMb: first ? await rssMbOf(first.pid) : null }
}

/** Errors: an answer that is no refusal. */
function requireRefused({ answers }: FloodResult): void {
  const others = Object.keys(answers).filter((status) => status !== '400' && status !== '413')
  if (others.length > 0) throw new Error(`Forged requests were answered ${JSON.stringify(answers)}.`)
}

function report(rounds: Round[]): string {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure))
  const rss = (figure: 'before' | 'after') => medianOrNull(rounds.map((round) => round[figure]))
  const [before, after] = [rss('before'), rss('after')]
  const title = [
    `forged, c=${forgers} beside c=${concurrency}`,
    'forged/s',
    'p99 ms alone',
    'p99 ms beside',
    'MB before',
    'MB after',
    'growth %',
    'rows stored',
  ]
  const growth = before && after ? (after / before - 1) * 100 : null
  const row = [
    ...[
      'billhook',
      fixed(
        of(({ forged }) => forged),
        0,
      ),
      fixed(
        of(({ alone }) => alone),
        1,
      ),
    ],
    ...[
      fixed(
        of((round) => round.beside),
        1,
      ),
      fixed(before, 0),
      fixed(after, 0),
      fixed(growth, 1),
    ],
    String(rounds.reduce((sum, { strangers }) => sum + strangers, 0)),
  ]
  const ratio = of((round) => round.beside) / of(({ alone }) => alone)
  return `${table([title, row])}\n\np99 beside/alone c=${concurrency}: ${fixed(ratio, 2)}`
}
