// `npm run bench`: webhook intake, durable and applied, and what the flags ask for. README.md says how to read what it prints.
import { cpus } from 'node:os'
import { measureColdStart } from './cold-start.ts'
import { measureDuplicates } from './duplicates.ts'
import { measureForged } from './forged.ts'
import { openGround } from './ground.ts'
import { measureIntake } from './intake.ts'
import { measureMemory } from './memory.ts'
import { measureMetering } from './metering.ts'
import { readOptions } from './options.ts'
import type { Part, PartName } from './parts.ts'
import { measureProcesses } from './processes.ts'
import { chooseSides } from './sides.ts'

const parts: Record<PartName, Part> = {
  'cold-start': measureColdStart,
  memory: measureMemory,
  processes: measureProcesses,
  forged: measureForged,
  duplicates: measureDuplicates,
  metering: measureMetering,
  intake: measureIntake,
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const options = readOptions(process.argv.slice(2))
const { sides, skipped } = chooseSides(process.env.BENCH_PEERS)
say(
  `Node ${process.version}, ${cpus().length} CPUs, all on one machine; ${options.events} events a run, median of ${options.rounds} rounds`,
)
for (const sentence of skipped) say(sentence)
const { organizations, profileDirectory } = options
await using ground = await openGround({ organizations, withStatements: profileDirectory !== undefined, say })
const tables: string[] = []
for (const name of options.parts) tables.push(await parts[name]({ options, sides, ground, say }))
say(`\n${tables.join('\n\n')}`)
