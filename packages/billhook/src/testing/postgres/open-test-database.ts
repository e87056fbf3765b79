import { inject } from 'vitest'
import { type Database, openPostgres } from '../../db/index.ts'
import { databaseOf } from '../../db/pglite.ts'
import { createTestDatabase } from './create-test-database.ts'
import { createTestPglite } from './create-test-pglite.ts'
import { idleDatabases, type KeptDatabase } from './idle-databases.ts'
import { emptyInPlace, emptyTables, looksOf } from './spare-databases.ts'

/**
 * A migrated database of the kind this run tests (`TEST_DATABASE`), which nobody has used or which is as good as new. Closing it is its end for
 * whoever has it; the next test of the file may get the same one.
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
      if (await kept.empty()) idleDatabases.push(kept)
      else await kept.remove()
    },
  }
}

async function openServed(): Promise<KeptDatabase> {
  const { url, drop } = await createTestDatabase()
  const server = inject('testServer')
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const database = await openPostgres({ url, logger })
  const remove = async () => {
    await database.close()
    await drop()
  }
  return { database, empty: async () => 'url' in server && emptyInPlace(server.url, url), remove }
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
