import type { BenchResult } from './run-bench.ts'
import type { RunResult } from './run-side.ts'

type Median = Omit<RunResult, 'side' | 'concurrency'>

/** Of an odd number the one in the middle, of an even number the mean of the two. */
function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return (upper + lower) / 2
}

/** Of each figure for itself; null where a round has none. */
function medianOf(runs: RunResult[], key: keyof Median): number | null {
  const values = runs.map((run) => run[key])
  return values.some((value) => value === null) ? null : median(values.map(Number))
}

const columns: Array<[title: string, key: keyof Median, digits: number]> = [
  ['events/s', 'appliedPerSecond', 0],
  ['ack p50 ms', 'ackP50Ms', 1],
  ['ack p99 ms', 'ackP99Ms', 1],
  ['server us', 'serverCpuUs', 0],
  ['postgres us', 'postgresCpuUs', 0],
  ['RSS MB', 'rssMb', 0],
  ['WAL kB', 'walKb', 1],
]

const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return rows.map(line).join('\n')
}

/** The table, what an event costs the databases, and the ratios that the goals are about. */
export function report({ runs, tallies, statements }: BenchResult): string {
  const concurrencies = [...new Set(runs.map((run) => run.concurrency))]
  const names = [...new Set(runs.map((run) => run.side))]
  const of = (side: string, concurrency: number): RunResult[] =>
    runs.filter((run) => run.side === side && run.concurrency === concurrency)
  const speed = [['intake', 'c', ...columns.map(([title]) => title)]]
  for (const concurrency of concurrencies) {
    for (const side of names) {
      const cells = columns.map(([, key, digits]) => fixed(medianOf(of(side, concurrency), key), digits))
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
  const rate = (side: string, concurrency: number): number => medianOf(of(side, concurrency), 'appliedPerSecond') ?? 0
  const ratios = concurrencies.flatMap((concurrency) =>
    names
      .filter((name) => name !== 'billhook')
      .map(
        (name) =>
          `intake/${name} c=${concurrency}: ${fixed(rate('billhook', concurrency) / rate(name, concurrency), 2)}`,
      ),
  )
  const dearest = [
    ['execution us', 'planning us', 'calls'],
    ...statements.map((cost) => [fixed(cost.executionUs, 1), fixed(cost.planningUs, 1), fixed(cost.callsPerEvent, 2)]),
  ]
  const texts = ['statement of billhook, per event', ...statements.map((cost) => cost.text.slice(0, 120))]
  const dearestLines = table(dearest)
    .split('\n')
    .map((line, index) => `${line}  ${texts[index]}`)
  const parts = [table(speed), table(costs), ratios.join('\n')]
  return [...parts, ...(statements.length > 0 ? [dearestLines.join('\n')] : [])].join('\n\n')
}
