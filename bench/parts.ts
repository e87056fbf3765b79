import type { Ground } from './ground.ts'
import type { BenchOptions } from './options.ts'
import type { Side } from './sides.ts'

/** What a run can measure: by its flag, `--memory` and so on; `intake` when no flag is given. In this order, so that the ratios end the run. */
export const partNames = ['cold-start', 'memory', 'processes', 'forged', 'duplicates', 'metering', 'intake'] as const
export type PartName = (typeof partNames)[number]

export interface PartInput {
  options: BenchOptions
  sides: Side[]
  ground: Ground
  say(line: string): void
}

/** Measures one thing on the ground that all share, stops what it started, and answers its table. */
export type Part = (input: PartInput) => Promise<string>
