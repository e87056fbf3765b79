import { createHash } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { migratePglite } from '../../db/migrate.ts'
import { openCacheDirectory } from './server-account.ts'
import { exists } from './server-binaries.ts'

const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../db/migrations', import.meta.url))

/**
 * An in-memory PGlite with the migrated schema, the caller's to close. Making one takes seconds, loading a dump half a
 * second: the dump is kept between runs for as long as PGlite and the migrations stay the same.
 */
export async function createTestPglite(): Promise<PGlite> {
  const cacheDirectory = await openCacheDirectory('billhook-pglite', undefined)
  const dumpPath = join(cacheDirectory, `${await fingerprint()}.tar.gz`)
  if (!(await exists(dumpPath))) await writeDump(dumpPath)
  return PGlite.create({ loadDataDir: new Blob([await readFile(dumpPath)]) })
}

async function writeDump(dumpPath: string): Promise<void> {
  const client = await PGlite.create()
  try {
    await migratePglite(client)
    const dump = await client.dumpDataDir('gzip')
    const partial = `${dumpPath}.${process.pid}.partial`
    await writeFile(partial, Buffer.from(await dump.arrayBuffer()))
    // Two test processes may both get here: whoever renames last leaves an equally good dump.
    await rename(partial, dumpPath)
  } finally {
    await client.close()
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  hash.update(await readFile(createRequire(import.meta.url).resolve('@electric-sql/pglite')))
  for (const name of (await readdir(MIGRATIONS_DIRECTORY, { recursive: true })).sort()) {
    if (/\.(sql|json)$/.test(name)) hash.update(name).update(await readFile(join(MIGRATIONS_DIRECTORY, name)))
  }
  return hash.digest('hex').slice(0, 16)
}
