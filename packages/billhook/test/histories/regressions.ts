import type { History } from './history.ts'

/** Histories that found something, shrunk, and what was wrong. */
export const regressions: ReadonlyArray<{ world: string; was: string; history: History }> = []
