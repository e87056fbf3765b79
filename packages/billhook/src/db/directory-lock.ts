import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BillhookError, systemClock } from '../primitives/index.ts'

interface Holder {
  pid: number
  host: string
  since: string
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const readHolder = async (path: string): Promise<Holder | null> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    // Gone, or torn by a crash: nobody who lives holds it.
    return null
  }
}

/**
 * Two processes in one PGlite directory destroy it without a word, so it is opened under a lock file that names its holder.
 * Error: `data_directory_in_use` (409). A lock whose process is gone is taken over.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  const path = join(directory, 'lock')
  const mine: Holder = { pid: process.pid, host: hostname(), since: systemClock.now().toISOString() }
  const draft = `${path}.${process.pid}`
  await writeFile(draft, JSON.stringify(mine))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      // link() fails if the lock exists: the file appears whole, or not at all.
      const taken = await link(draft, path).then(
        () => true,
        () => false,
      )
      if (taken) return { release: () => rm(path, { force: true }) }
      const holder = await readHolder(path)
      if (holder && (holder.host !== mine.host || (holder.pid !== process.pid && isAlive(holder.pid)))) {
        throw new BillhookError(
          'data_directory_in_use',
          `The data directory ${directory} is in use by process ${holder.pid} on ${holder.host} since ${holder.since}. Stop it, or set BILLHOOK_DATA_DIR to another directory. If that process is certainly gone, remove ${path}.`,
          { status: 409 },
        )
      }
      await rm(path, { force: true })
    }
    throw new BillhookError(
      'data_directory_in_use',
      `Could not take the lock ${path}: other processes keep taking it.`,
      { status: 409 },
    )
  } finally {
    await rm(draft, { force: true })
  }
}
