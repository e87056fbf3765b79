// `npm run bench`: webhook intake, durable and applied. README.md says how to read what it prints.
import { cpus } from 'node:os'
import { readOptions } from './options.ts'
import { report } from './report.ts'
import { runBench } from './run-bench.ts'
import { chooseSides } from './sides.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const options = readOptions(process.argv.slice(2))
const { sides, skipped } = chooseSides(process.env.BENCH_PEERS)
const { events, rounds } = options
say(
  `Node ${process.version}, ${cpus().length} CPUs; ${events} events a run, median of ${rounds} rounds, all on one machine`,
)
for (const sentence of skipped) say(sentence)
say(`\n${report(await runBench({ options, sides, say }))}`)
