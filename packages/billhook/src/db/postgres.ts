import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Logger } from '../providers/provider.ts'
import type { Database, Drizzle, Ends } from './database.ts'
import { toInline } from './inline.ts'
import { migratePostgres } from './migrate.ts'
import { nameStatements } from './named-statements.ts'
import type { Statement } from './records.ts'
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
  return databaseOver(pool, logger)
}

/** Over connections whose schema is up to date already. */
export function databaseOver(pool: pg.Pool, logger: Logger): Database {
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

const begin = sql.raw('begin')
const commit = sql.raw('commit')

/**
 * drizzle keeps a pool's connection for ever when its BEGIN fails, as every idle connection's does after the server was restarted, until the
 * pool is empty and stays so. Here it goes back whatever happens, and one whose transaction cannot even be undone is thrown away.
 */
async function inTransaction<T>(
  pool: pg.Pool,
  opening: readonly Statement[],
  work: (tx: Drizzle, ends: Ends) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const [, ...opened] = await executeTogether(client, [begin, ...opening])
    const closing: Statement[] = []
    // Without the schema, which is for relational queries that nothing here makes, and takes a millisecond to prepare.
    const result = await work(drizzle(client) as unknown as Drizzle, { opened, closing })
    await executeTogether(client, [...closing, commit])
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

/** What each connection was told to keep. */
const prepared = new WeakMap<pg.ClientBase, Set<string>>()

/** The rows of each statement, all in one round trip once the connection knows them. */
async function executeTogether(client: pg.PoolClient, statements: readonly Statement[]): Promise<unknown[][]> {
  const inlines = statements.map(toInline)
  const parts = inlines.flatMap((inline) => inline ?? [])
  if (parts.length < inlines.length) return executeEach(client, statements)
  const known = prepared.get(client) ?? new Set()
  prepared.set(client, known)
  for (const { prepare } of parts) {
    if (!prepare || known.has(prepare.name)) continue
    await client.query(`prepare ${prepare.name} as ${prepare.text}`)
    known.add(prepare.name)
  }
  // Several statements in one text have several results, which the driver's types do not know.
  const results: unknown = await client.query(parts.map(({ text }) => text).join('; '))
  return (Array.isArray(results) ? results : [results]).map((result: pg.QueryResult) => result.rows)
}

async function executeEach(client: pg.PoolClient, statements: readonly Statement[]): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for (const statement of statements) rows.push((await drizzle(client).execute(statement)).rows)
  return rows
}
