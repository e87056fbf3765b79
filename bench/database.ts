import pg from 'pg'
import { startPostgres } from '../packages/billhook/src/testing/postgres/start-postgres.ts'

export interface BenchServer {
  url(database: string): string
  /** Of its main process, where it is ours to watch. */
  pid: number | undefined
  stop(): Promise<void>
}

// Enough memory and log space that no checkpoint falls into the run of one side and not into the other's.
const settings = { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '30min' }

const countedStatements = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_planning': 'on',
}

/** The server of `BENCH_DATABASE_URL`, else one of its own that flushes every commit to the disk. */
export async function openServer(withStatements: boolean): Promise<BenchServer> {
  const given = process.env.BENCH_DATABASE_URL
  const server = given
    ? { url: (database: string) => withDatabase(given, database), pid: undefined, stop: async () => {} }
    : await startPostgres({
        durable: true,
        tcpPort: 0,
        settings: withStatements ? { ...settings, ...countedStatements } : settings,
      })
  try {
    await requireDurable(server.url('postgres'))
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** A database that forgets makes every number here worthless. */
async function requireDurable(url: string): Promise<void> {
  const rows = await query<{ name: string; setting: string }>(
    url,
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit')`,
  )
  const loose = rows.filter((row) => row.setting !== 'on')
  if (loose.length > 0)
    throw new Error(`Not durable: ${loose.map((row) => `${row.name} is ${row.setting}`).join(', ')}.`)
}

/** Runs statements on a connection of their own, and answers the rows of the last one. */
export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    const result: pg.QueryResult<Row> | Array<pg.QueryResult<Row>> = await client.query<Row>(text)
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
  } finally {
    await client.end()
  }
}
