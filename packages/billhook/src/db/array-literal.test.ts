import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDatabase } from '../testing/postgres/index.ts'
import { arrayLiteral } from './array-literal.ts'
import type { Database } from './database.ts'
import { asPlatform, rowsOf } from './scope.ts'

let db: Database
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(() => db.close())

const comesBack = async (literal: string, type: string): Promise<unknown> => {
  const [row] = await asPlatform(db, ({ tx }) =>
    rowsOf<{ back: unknown }>(tx.execute(sql`select to_jsonb(${literal}::text::${sql.raw(type)}) as back`)),
  )
  return row?.back
}

it('every text comes back as it was, however it looks to a reader of arrays', async () => {
  const texts = [
    '',
    'NULL',
    'null',
    ' a ',
    'a,b',
    '{x}',
    '"',
    '\\',
    '\\"',
    "'",
    'é😀',
    'a\nb\tc',
    '$1',
    '{"a":"b\\"c"}',
  ]
  expect(await comesBack(arrayLiteral(texts), 'text[]')).toEqual(texts)
})

it('what is null or undefined is NULL, and numbers, truths and times are theirs', async () => {
  expect(await comesBack(arrayLiteral(['a', null, undefined]), 'text[]')).toEqual(['a', null, null])
  expect(await comesBack(arrayLiteral([-1.5, 9_007_199_254_740_991]), 'numeric[]')).toEqual([
    -1.5, 9_007_199_254_740_991,
  ])
  expect(await comesBack(arrayLiteral([true, false]), 'boolean[]')).toEqual([true, false])
  const [at] = (await comesBack(arrayLiteral([new Date('2026-03-01T10:11:12.345Z')]), 'timestamptz[]')) as string[]
  expect(new Date(at ?? '').toISOString()).toBe('2026-03-01T10:11:12.345Z')
})

it('JSON keeps its texts as texts, and null in it is no JSON null', async () => {
  const values = [{ a: ['"', '\\', null] }, 'text', 1, null]
  expect(await comesBack(arrayLiteral(values, true), 'jsonb[]')).toEqual(values)
})

it('refuses what it cannot write', () => {
  expect(() => arrayLiteral([{ a: 1 }])).toThrow('a object is no element of an array here')
})
