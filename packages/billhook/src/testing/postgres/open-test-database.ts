import { inject } from 'vitest'
import { type Database, openPostgres } from '../../db/index.ts'
import { databaseOf } from '../../db/pglite.ts'
import { createTestDatabase } from './create-test-database.ts'
import { createTestPglite } from './create-test-pglite.ts'

/** A migrated database of the kind this run tests (`TEST_DATABASE`); closing it removes it. */
export async function openTestDatabase(): Promise<Database> {
  if (inject('testServer').kind === 'pglite') return databaseOf(await createTestPglite())
  const created = await createTestDatabase()
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const database = await openPostgres({ url: created.url, logger })
  return {
    ...database,
    close: async () => {
      await database.close()
      await created.drop()
    },
  }
}
