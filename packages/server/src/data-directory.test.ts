import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { prepareDataDirectory } from './data-directory.ts'

it('keeps the database of a development machine from its other users', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'billhook-data-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  await prepareDataDirectory(join(parent, 'new/data'))
  expect((await stat(join(parent, 'new/data'))).mode & 0o777).toBe(0o700)
})
