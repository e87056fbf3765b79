import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = 'platform-key'

/** The key of a development machine: made once, kept in the data directory, which exists, for its owner alone. */
export async function keptPlatformKey(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, fileName)
  const key = `bh_${randomBytes(24).toString('base64url')}`
  try {
    await writeFile(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
    return key
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return (await readFile(path, 'utf8')).trim()
  }
}
