import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as schema from './schema/index.ts'

/** A drizzle handle, the same for both databases. Only `db/` uses it outside a scope. */
export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  readonly drizzle: Drizzle
  /**
   * One transaction. Its first statements are text that holds no parameters, its literals quoted by `quoted`; they travel with its beginning,
   * and `opened` has the rows of each.
   */
  transaction<T>(opening: readonly string[], work: (tx: Drizzle, opened: unknown[][]) => Promise<T>): Promise<T>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
