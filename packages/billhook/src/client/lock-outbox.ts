import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BillhookError } from '../primitives/errors.ts'

/** Two processes in one directory would deliver and remove each other's files. Error: `usage_outbox_in_use`. A lock whose process is gone is taken over. */
export async function lockOutbox(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'lock')
  const draft = `${path}.${process.pid}`
  await writeFile(draft, JSON.stringify({ pid: process.pid, host: hostname() }))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      // link() fails if the lock exists: the file appears whole, or not at all.
      if (await succeeds(link(draft, path))) return () => rm(path, { force: true })
      const holder = await readHolder(path)
      if (holder && isHeld(holder))
        throw new BillhookError(
          'usage_outbox_in_use',
          `${directory} is in use by process ${holder.pid} on ${holder.host}: each process needs a directory of its own. If it is certainly gone, remove ${path}.`,
          { status: 409 },
        )
      await rm(path, { force: true })
    }
    throw new BillhookError('usage_outbox_in_use', `Other processes keep taking ${path}.`, { status: 409 })
  } finally {
    await rm(draft, { force: true })
  }
}

interface Holder {
  pid: number
  host: string
}

const succeeds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  )

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    // Gone, or torn by a crash: nobody who lives holds it.
    return null
  }
}

/** A process that has the number of this one is an earlier life of its container. */
const isHeld = ({ pid, host }: Holder): boolean => host !== hostname() || (pid !== process.pid && isAlive(pid))

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
