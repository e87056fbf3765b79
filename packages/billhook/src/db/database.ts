import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as schema from './schema/index.ts'

/** A drizzle handle, the same for both databases. Only `db/` uses it outside a scope. */
export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  readonly drizzle: Drizzle
  /** One transaction. Its first statements are trusted text without parameters, and travel with its beginning. */
  transaction<T>(opening: readonly string[], work: (tx: Drizzle) => Promise<T>): Promise<T>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
