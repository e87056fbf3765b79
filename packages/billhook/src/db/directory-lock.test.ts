import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from './directory-lock.ts'

describe('the lock of a data directory', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'billhook-lock-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const writtenBy = async (pid: number) => {
    const lock = await lockDirectory(directory)
    const holder = JSON.parse(await readFile(join(directory, 'lock'), 'utf8'))
    await writeFile(join(directory, 'lock'), JSON.stringify({ ...holder, pid }))
    return lock
  }

  it('is refused while its holder lives, and says who that is', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    try {
      await writtenBy(other.pid ?? 0)
      await expect(lockDirectory(directory)).rejects.toMatchObject({
        code: 'data_directory_in_use',
        message: expect.stringContaining(`process ${other.pid} on `),
      })
    } finally {
      other.kill()
    }
  })

  it('is taken over from a process that is gone', async () => {
    const gone = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
    await new Promise((resolve) => gone.once('exit', resolve))
    await writtenBy(gone.pid ?? 0)
    const lock = await lockDirectory(directory)
    expect(JSON.parse(await readFile(join(directory, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  it('is taken over when a crash left it torn, and is gone once released', async () => {
    await writeFile(join(directory, 'lock'), '{"pid": 1')
    const lock = await lockDirectory(directory)
    await lock.release()
    await expect(readFile(join(directory, 'lock'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
