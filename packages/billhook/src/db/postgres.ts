import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Logger } from '../providers/provider.ts'
import type { Database, Drizzle } from './database.ts'
import { migratePostgres } from './migrate.ts'
import { nameStatements } from './named-statements.ts'
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
  // Nor one that is lost between two statements of a transaction, which the pool does not watch: the next statement fails.
  pool.on('connect', (client) => {
    nameStatements(client)
    client.on('error', (error) => logger.warn({ error: error.message }, 'a database connection was lost in use'))
  })
  return {
    kind: 'postgres',
    drizzle: drizzle(pool, { schema }),
    transaction: (opening, work) => inTransaction(pool, opening, work),
    ping: async () => {
      await pool.query('select 1')
    },
    close: () => pool.end(),
  }
}

type Work<T> = (tx: Drizzle, opened: unknown[][]) => Promise<T>

/**
 * drizzle keeps a pool's connection for ever when its BEGIN fails, as every idle connection's does after the server was restarted, until the
 * pool is empty and stays so. Here it goes back whatever happens, and one whose transaction cannot even be undone is thrown away.
 */
async function inTransaction<T>(pool: pg.Pool, opening: readonly string[], work: Work<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    // Several statements in one text have several results, which the driver's types do not know.
    const results: unknown = await client.query(['begin', ...opening].join('; '))
    const [, ...opened] = (results as pg.QueryResult[]).map(({ rows }) => rows)
    // Without the schema, which is for relational queries that nothing here makes, and takes a millisecond to prepare.
    const result = await work(drizzle(client) as unknown as Drizzle, opened)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost
    })
    throw error
  } finally {
    client.release(broken)
  }
}
