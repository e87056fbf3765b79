import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { type Database, openPostgres, rowsOf } from '../../db/index.ts'
import { databaseOf } from '../../db/pglite.ts'
import { createTestDatabase } from './create-test-database.ts'
import { createTestPglite } from './create-test-pglite.ts'
import { type Connection, emptyInPlace, emptyTables, looksOf } from './spare-databases.ts'

/** A database that stays open from one test to the next: connections know its tables, and have their plans. */
interface KeptDatabase {
  database: Database
  /** Makes it as good as new; false when that cannot be. */
  empty(): Promise<boolean>
  /** Closes it and takes it away. */
  remove(): Promise<void>
}

/** Those that no test uses at the moment. They end with the process, or with its server. */
const idleDatabases: KeptDatabase[] = []
// An embedded one takes hundreds of megabytes.
const idleAtMost = 2

/**
 * A migrated database of the kind this run tests (`TEST_DATABASE`), which nobody has used or which is as good as new. Closing it is its end for
 * whoever has it; the next test may get the same one.
 */
export async function openTestDatabase(): Promise<Database> {
  const kept = idleDatabases.pop() ?? (await (inject('testServer').kind === 'pglite' ? openEmbedded() : openServed()))
  const { database } = kept
  let isClosed = false
  const unlessClosed = <T>(work: () => Promise<T>): Promise<T> =>
    isClosed ? Promise.reject(new Error('the test has closed this database')) : work()
  return {
    ...database,
    transaction: (opening, work) => unlessClosed(() => database.transaction(opening, work)),
    ping: () => unlessClosed(() => database.ping()),
    close: async () => {
      if (isClosed) return
      isClosed = true
      if (idleDatabases.length < idleAtMost && (await kept.empty())) idleDatabases.push(kept)
      else await kept.remove()
    },
  }
}

async function openServed(): Promise<KeptDatabase> {
  const { url, drop } = await createTestDatabase()
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const database = await openPostgres({ url, logger })
  const remove = async () => {
    await database.close()
    await drop()
  }
  const inside: Connection = {
    query: async <Row>(text: string) => ({ rows: await rowsOf<Row>(database.drizzle.execute(sql.raw(text))) }),
  }
  return { database, empty: () => emptyInPlace(inside), remove }
}

async function openEmbedded(): Promise<KeptDatabase> {
  const client = await createTestPglite()
  const looks = await looksOf(client)
  const database = databaseOf(client)
  const empty = async () => {
    await client.exec('RESET ROLE; RESET ALL')
    return emptyTables(client, looks)
  }
  return { database, empty, remove: () => database.close() }
}
