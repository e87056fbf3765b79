import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDatabase } from '../testing/postgres/index.ts'
import type { Database } from './database.ts'
import { asPlatform } from './scope.ts'

let db: Database
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(() => db.close())

it('refuses a scope inside a scope, which the embedded database would wait for in vain', async () => {
  await expect(asPlatform(db, () => asPlatform(db, async () => 1))).rejects.toThrow('a scope was opened inside a scope')
})

it('lets what a scope left running open one of its own', async () => {
  let later: Promise<number> = Promise.resolve(0)
  let release = (): void => {}
  const ended = new Promise<void>((resolve) => {
    release = resolve
  })
  await asPlatform(db, async () => {
    later = ended.then(() => asPlatform(db, async () => 2))
  })
  release()
  expect(await later).toBe(2)
})
