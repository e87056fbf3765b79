import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Logger } from '../providers/provider.ts'
import type { Database } from './database.ts'
import { migratePostgres } from './migrate.ts'
import * as schema from './schema/index.ts'

export interface PostgresOptions {
  url: string
  logger: Logger
  /** Connections kept at most. */
  poolSize?: number
}

/** Connects and brings the schema up to date. */
export async function openPostgres({ url, logger, poolSize = 10 }: PostgresOptions): Promise<Database> {
  await migratePostgres(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: 'billhook',
  })
  // An idle connection that the server closes must not end the process; the next query gets a new one.
  pool.on('error', (error) => logger.warn({ error: error.message }, 'an idle database connection was lost'))
  return {
    kind: 'postgres',
    drizzle: drizzle(pool, { schema }),
    ping: async () => {
      await pool.query('select 1')
    },
    close: () => pool.end(),
  }
}
