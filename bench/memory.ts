import type { PartInput } from './parts.ts'
import { type RunResult, runSide } from './run-side.ts'
import { fixed, medianOrNull, table } from './table.ts'

const concurrency = 32
const looks = 10

/**
 * Resident memory after so many events, and after twice as many. A look is the median of three tenths, the last one before it included: what
 * the garbage collector has not come to yet is no growth.
 */
export async function measureMemory({ options, sides, ground, say }: PartInput): Promise<string> {
  const { memoryEvents } = options
  const rows: string[][] = []
  for (const side of sides.filter(({ name }) => name === 'billhook' || name === 'stripe-sync')) {
    const running = await ground.start(side)
    const readings: RunResult['rssMb'][] = []
    for (let look = 1; look <= 2 * looks; look++) {
      const { rssMb } = await runSide({ ...ground, running, concurrency, events: memoryEvents / looks })
      readings.push(rssMb)
    }
    await running.stop()
    const [first, second] = [looks, 2 * looks].map((look) => medianOrNull(readings.slice(look - 3, look)))
    const growth = first && second ? (second / first - 1) * 100 : null
    say(`${side.name}: MB after each ${memoryEvents / looks} events: ${readings.join(' ')}`)
    rows.push([side.name, fixed(first ?? null, 0), fixed(second ?? null, 0), fixed(growth, 1)])
  }
  const title = [`memory, c=${concurrency}`, `MB at ${memoryEvents}`, `MB at ${2 * memoryEvents}`, 'growth %']
  return table([title, ...rows])
}
