import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Statement } from './prepared.ts'
import type * as schema from './schema/index.ts'

/** A drizzle handle, the same for both databases. Only `db/` uses it outside a scope. */
export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>

/** What a transaction over the network does before and after its work without a round trip of its own. */
export interface Ends {
  /** The rows of each opening statement. */
  opened: unknown[][]
  /** Statements put here are executed with the commit: for writes whose answer nobody waits for. */
  closing: Statement[]
}

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  readonly drizzle: Drizzle
  /** One transaction. Its first statements travel with its beginning. */
  transaction<T>(opening: readonly Statement[], work: (tx: Drizzle, ends: Ends) => Promise<T>): Promise<T>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
