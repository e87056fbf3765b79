import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixedClock } from '../primitives/index.ts'
import { createTestDatabase, describeWithPostgres } from '../testing/postgres/index.ts'
import { type Database, openPostgres } from './index.ts'
import { migratePglite } from './migrate.ts'
import { databaseOf } from './pglite.ts'
import { databaseStateStore } from './state-store.ts'

const clock = fixedClock('2026-03-01T00:00:00Z')
const logger = { debug() {}, info() {}, warn() {}, error() {} }

function guarantees(open: () => Promise<{ db: Database; close(): Promise<void> }>) {
  let opened: Awaited<ReturnType<typeof open>>
  const store = (provider: string) => databaseStateStore({ db: opened.db, clock, provider })
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())

  it('gives back every JSON value as it was put, strings that look like JSON too', async () => {
    for (const value of [null, 0, '42', '{"a":1}', 'text', [1, { a: null }], { b: [true] }]) {
      await store('values').put('key', value)
      expect(await store('values').get('key')).toEqual(value)
    }
    await store('values').delete('key')
    expect(await store('values').get('key')).toBeNull()
  })

  it('lists one account only, by exact prefix, in key order', async () => {
    await store('a').put('due/B', 1)
    await store('a').put('due/a', 2)
    await store('a').put('due_x', 3)
    await store('b').put('due/c', 4)
    expect(await store('a').list('due/')).toEqual([
      { key: 'due/B', value: 1 },
      { key: 'due/a', value: 2 },
    ])
  })

  it('keeps all or nothing of an exclusive piece of work', async () => {
    const work = store('atomic').exclusively(async (inner) => {
      await inner.put('half', 1)
      throw new Error('stopped in the middle')
    })
    await expect(work).rejects.toThrow('stopped in the middle')
    expect(await store('atomic').get('half')).toBeNull()
  })

  it('runs exclusive work one at a time', async () => {
    const add = () =>
      store('counter').exclusively(async (inner) => {
        const count = (await inner.get<number>('count')) ?? 0
        await inner.exclusively((again) => again.put('count', count + 1))
      })
    await Promise.all(Array.from({ length: 8 }, add))
    expect(await store('counter').get('count')).toBe(8)
  })

  it('refuses the outer store inside exclusive work instead of waiting for itself, and takes it again afterwards', async () => {
    const outer = store('outer')
    let later: Promise<unknown> | undefined
    await outer.exclusively(async () => {
      await expect(outer.exclusively(async () => {})).rejects.toThrow(/inside a scope/)
      await expect(outer.get('x')).rejects.toThrow(/inside a scope/)
      later = new Promise((resolve) => setTimeout(resolve, 50)).then(() => outer.get('x'))
    })
    expect(await later).toBeNull()
  })
}

describe('the state store on PGlite', () => {
  guarantees(async () => {
    const client = await PGlite.create()
    await migratePglite(client)
    const db = databaseOf(client)
    return { db, close: () => db.close() }
  })
})

describeWithPostgres('the state store on Postgres', () => {
  guarantees(async () => {
    const database = await createTestDatabase({ owner: 'plain' })
    const db = await openPostgres({ url: database.url, logger })
    return {
      db,
      close: async () => {
        await db.close()
        await database.drop()
      },
    }
  })
})
