import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as schema from './schema/index.ts'

/** A drizzle handle, the same for both databases. Only `db/` uses it outside a scope. */
export type Drizzle = PgDatabase<PgQueryResultHKT, typeof schema>

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  readonly drizzle: Drizzle
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
