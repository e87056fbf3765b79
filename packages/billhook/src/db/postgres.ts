import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { InvariantError } from '../primitives/index.ts'
import type { Logger } from '../providers/provider.ts'
import type { Database, Drizzle, Ends } from './database.ts'
import { migratePostgres } from './migrate.ts'
import { nameStatements } from './named-statements.ts'
import { type PreparedStatement, prepare, type Statement } from './prepared.ts'
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
    pipeline: true,
  })
  return databaseOver(pool, logger)
}

/** Over connections whose schema is up to date already, in pipeline mode. */
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

/** The rows of each statement, all in one round trip: the connection sends what comes next without waiting for the answer. */
async function executeTogether(client: pg.PoolClient, statements: readonly Statement[]): Promise<unknown[][]> {
  const messages = messagesOf(statements.map(prepare))
  // After one that fails, the transaction does nothing more: all that follow fail, too, and the first of them tells why.
  const results = await Promise.all(messages.map((message) => client.query<pg.QueryResultRow>(message)))
  // A text of several statements has several results, which the driver's types do not know.
  return results.flatMap((result: unknown) =>
    (Array.isArray(result) ? result : [result]).map(({ rows }: pg.QueryResult) => rows),
  )
}

/** A text of commands without values, or one statement with values that the connection keeps planned under its name. */
type Message = string | pg.QueryConfig

/** Commands that follow each other are one text. */
function messagesOf(statements: readonly PreparedStatement[]): Message[] {
  const messages: Message[] = []
  for (const { template, values } of statements) {
    const last = messages.at(-1)
    if (values.length > 0)
      messages.push({ text: template.text, values: values.map(sendable), name: template.name ?? undefined })
    else if (typeof last === 'string') messages[messages.length - 1] = `${last}; ${template.text}`
    else messages.push(template.text)
  }
  return messages
}

/**
 * The driver turns a value into text when its statement's turn has come. Where that fails, it has sent what came before, and it goes on to
 * what comes after, the commit too: so only what never fails may be among them.
 */
function sendable(value: unknown): unknown {
  if (value === null || value === undefined || value instanceof Date || typeof value !== 'object') return value
  throw new InvariantError('a list or an object is no value of a statement that is sent together with others')
}
