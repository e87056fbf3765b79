import type { Database } from '../../db/index.ts'

/** A database that stays open from one test of a file to the next: connections know its tables, and have their plans. */
export interface KeptDatabase {
  database: Database
  /** Makes it as good as new; false when that cannot be. */
  empty(): Promise<boolean>
  /** Closes it and takes it away. */
  remove(): Promise<void>
}

/** Those that no test uses at the moment. Its module imports nothing, because every test file does. */
export const idleDatabases: KeptDatabase[] = []

export async function removeIdleDatabases(): Promise<void> {
  await Promise.all(idleDatabases.splice(0).map((kept) => kept.remove()))
}
