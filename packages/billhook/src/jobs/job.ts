import type { Context } from '../context.ts'

/** Work that is found by looking. `run` does a batch of what is due and answers how much there was: more than none means look again now. */
export interface Job {
  name: string
  /** How often to look when nobody says that there is work. */
  everyMs: number
  run(ctx: Context): Promise<number>
  /** Waits for what `run` has begun and left under way. */
  settle?(ctx: Context): Promise<void>
}
