import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { type Database, openPostgres, rowsOf } from '../../db/index.ts'
import { databaseOf } from '../../db/pglite.ts'
import { createTestDatabase } from './create-test-database.ts'
import { createTestPglite } from './create-test-pglite.ts'
import { asAdmin } from './database-admin.ts'
import { type Connection, emptyInPlace, emptyTables, looksOf } from './spare-databases.ts'

/** A database that stays open from one test to the next: connections know its tables, and have their plans. */
interface KeptDatabase {
  database: Database
  /** Makes it as good as new; false when that cannot be. */
  empty(): Promise<boolean>
  /** Closes it and takes it away. */
  remove(): Promise<void>
}

/** Connected as the server's superuser, or as the database's plain owner; or the embedded database. */
type TestDatabaseAccess = 'superuser' | 'plain' | 'embedded'

/** Those that no test uses at the moment. They end with the process, or with its server. */
const idleDatabases: Record<TestDatabaseAccess, KeptDatabase[]> = { superuser: [], plain: [], embedded: [] }
/** An embedded one takes hundreds of megabytes. */
const idleAtMost: Record<TestDatabaseAccess, number> = { superuser: 2, plain: 1, embedded: 1 }

const openers: Record<TestDatabaseAccess, () => Promise<KeptDatabase>> = {
  superuser: () => openServed('superuser'),
  plain: () => openServed('plain'),
  embedded: openEmbedded,
}

const usualAccess = (): TestDatabaseAccess => (inject('testServer').kind === 'pglite' ? 'embedded' : 'superuser')

/**
 * A migrated database, by default of the kind this run tests (`TEST_DATABASE`), which nobody has used or which is as good as new. Closing it is
 * its end for whoever has it; the next test may get the same one.
 */
export async function openTestDatabase(access: TestDatabaseAccess = usualAccess()): Promise<Database> {
  const idle = idleDatabases[access]
  const kept = idle.pop() ?? (await openers[access]())
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
      if (idle.length < idleAtMost[access] && (await kept.empty())) idle.push(kept)
      else await kept.remove()
    },
  }
}

async function openServed(owner: 'superuser' | 'plain'): Promise<KeptDatabase> {
  const { url, superuserUrl, drop } = await createTestDatabase({ owner })
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
  // An owner may not pass by triggers and row-level security.
  const empty = () => (owner === 'superuser' ? emptyInPlace(inside) : asAdmin(superuserUrl, emptyInPlace))
  return { database, empty, remove }
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
