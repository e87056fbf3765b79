import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import type { Database, Ends } from './database.ts'
import { lockDirectory } from './directory-lock.ts'
import { migratePglite } from './migrate.ts'
import * as schema from './schema/index.ts'

/** Opens (or makes) the embedded database in a directory, which this process alone may use until it closes. */
export async function openPglite({ directory }: { directory: string }): Promise<Database> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const lock = await lockDirectory(directory)
  try {
    const client = await PGlite.create({ dataDir: join(directory, 'postgres') })
    await migratePglite(client)
    return databaseOf(client, () => lock.release())
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** For tests: a client that is open and migrated already. */
export function databaseOf(client: PGlite, closed: () => Promise<void> = async () => {}): Database {
  const handle = drizzle(client, { schema })
  return {
    kind: 'pglite',
    drizzle: handle,
    transaction: (opening, work) =>
      handle.transaction(async (tx) => {
        const ends: Ends = { opened: [], closing: [] }
        for (const statement of opening) ends.opened.push((await tx.execute(statement)).rows)
        const result = await work(tx, ends)
        for (const statement of ends.closing) await tx.execute(statement)
        return result
      }),
    ping: async () => {
      await client.query('select 1')
    },
    close: async () => {
      await client.close()
      await closed()
    },
  }
}
