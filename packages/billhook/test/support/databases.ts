import { inject } from 'vitest'
import { type Database, openPostgres } from '../../src/db/index.ts'
import { databaseOf } from '../../src/db/pglite.ts'
import { createTestDatabase, createTestPglite } from '../../src/testing/postgres/index.ts'
import { silentLogger } from './silent-logger.ts'

const openOwned = async (owner: 'superuser' | 'plain'): Promise<Database> => {
  const created = await createTestDatabase({ owner })
  const database = await openPostgres({ url: created.url, logger: silentLogger })
  return {
    ...database,
    close: async () => {
      await database.close()
      await created.drop()
    },
  }
}

const embedded = { name: 'the embedded database', open: async () => databaseOf(await createTestPglite()) }

/** What promises of the database must hold on: every kind of connection that this machine can make. */
export const databases: Array<{ name: string; open: () => Promise<Database> }> =
  'unavailable' in inject('testServer')
    ? [embedded]
    : [
        { name: 'Postgres, connected as a superuser', open: () => openOwned('superuser') },
        { name: 'Postgres, connected as the plain owner', open: () => openOwned('plain') },
        embedded,
      ]
