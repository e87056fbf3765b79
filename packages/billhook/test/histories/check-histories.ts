import fc from 'fast-check'
import { type History, histories } from './history.ts'
import { runHistory, type Tally } from './run-history.ts'
import type { Theatre } from './theatre.ts'

export interface CheckInput {
  world: string
  runs: number
  seed: number
  /** Leads to one history among those of the seed. */
  path?: string | undefined
}

export const nothingYet = (): Tally => ({ messages: 0, crashes: 0, told: 0, repeats: 0 })

/** Performs the histories of a seed. Whatever breaks a law is told as the smallest history that does, with the command that repeats it. */
export async function checkHistories(theatre: Theatre, { world, runs, seed, path }: CheckInput): Promise<Tally> {
  const total = nothingYet()
  const property = fc.asyncProperty(histories, async (history) => {
    try {
      add(total, await runHistory(theatre, history))
    } catch (error) {
      // Looking for the smallest one takes a while, and may be interrupted.
      process.stdout.write(`${world}, seed ${seed}: breaks a law: ${JSON.stringify(history)}\n${String(error)}\n`)
      throw error
    }
  })
  const details = await fc.check(property, { seed, numRuns: runs, ...(path === undefined ? {} : { path }) })
  if (!details.failed) return total
  const [history] = details.counterexample ?? []
  throw new Error(failureText({ world, seed, path: details.counterexamplePath }, history), {
    cause: details.errorInstance,
  })
}

export function add(total: Tally, tally: Tally): void {
  total.messages += tally.messages
  total.crashes += tally.crashes
  total.told += tally.told
  total.repeats += tally.repeats
}

const failureText = (
  { world, seed, path }: { world: string; seed: number; path: string | null },
  history: History | undefined,
): string =>
  [
    `A history at ${world} breaks a law (seed ${seed}):`,
    JSON.stringify(history),
    `npm run test:histories -- --world ${world} --seed ${seed} --path ${path}`,
  ].join('\n')
