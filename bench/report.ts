import type { IntakeResult } from './intake.ts'
import type { RunResult } from './run-side.ts'
import { fixed, medianOrNull, table } from './table.ts'

type Figure = Omit<RunResult, 'side' | 'concurrency' | 'deliveries'>

const columns: Array<[title: string, key: keyof Figure, digits: number]> = [
  ['events/s', 'appliedPerSecond', 0],
  ['ack p50 ms', 'ackP50Ms', 1],
  ['ack p99 ms', 'ackP99Ms', 1],
  ['server us', 'serverCpuUs', 0],
  ['postgres us', 'postgresCpuUs', 0],
  ['RSS MB', 'rssMb', 0],
  ['WAL kB', 'walKb', 1],
]

/** The table, what an event costs the databases, and, last, the ratios that the goals are about. */
export function report({ runs, tallies, statements }: IntakeResult): string {
  const concurrencies = [...new Set(runs.map((run) => run.concurrency))]
  const names = [...new Set(runs.map((run) => run.side))]
  // Each figure has a median of its own.
  const medianOf = (side: string, concurrency: number, key: keyof Figure): number | null =>
    medianOrNull(runs.filter((run) => run.side === side && run.concurrency === concurrency).map((run) => run[key]))
  const speed = [['intake', 'c', ...columns.map(([title]) => title)]]
  for (const concurrency of concurrencies) {
    for (const side of names) {
      const cells = columns.map(([, key, digits]) => fixed(medianOf(side, concurrency, key), digits))
      speed.push([side, String(concurrency), ...cells])
    }
  }
  const costs = [
    ['per event', 'commits', 'inserted', 'updated', 'deleted'],
    ...tallies.map(({ side, tally }) => [
      side,
      ...[tally.commits, tally.inserted, tally.updated, tally.deleted].map((value) => fixed(value, 2)),
    ]),
  ]
  const rate = (side: string, concurrency: number): number => medianOf(side, concurrency, 'appliedPerSecond') ?? 0
  const ratios = names
    .filter((name) => name !== 'billhook')
    .flatMap((name) =>
      concurrencies.map((c) => `intake/${name} c=${c}: ${fixed(rate('billhook', c) / rate(name, c), 2)}`),
    )
  const parts = [table(speed), table(costs), ...(statements.length > 0 ? [dearest(statements)] : []), ratios.join('\n')]
  return parts.join('\n\n')
}

function dearest(statements: IntakeResult['statements']): string {
  const figures = table([
    ['execution us', 'planning us', 'calls'],
    ...statements.map((cost) => [fixed(cost.executionUs, 1), fixed(cost.planningUs, 1), fixed(cost.callsPerEvent, 2)]),
  ])
  const texts = ['statement of billhook, per event', ...statements.map((cost) => cost.text.slice(0, 120))]
  return figures
    .split('\n')
    .map((line, index) => `${line}  ${texts[index]}`)
    .join('\n')
}
