import { sql } from 'drizzle-orm'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { createTestDatabase, createTestPglite, describeWithPostgres, openTestDatabase } from './index.ts'

it('opens a migrated database of the kind that the run asks for', async () => {
  const database = await openTestDatabase()
  expect(database.kind).toBe(inject('testServer').kind)
  await database.drizzle.execute(sql`SELECT count(*) FROM billhook.plans`)
  await database.close()
})

it('gives every PGlite the migrated schema and no rows of another one', async () => {
  const [first, second] = [await createTestPglite(), await createTestPglite()]
  await first.exec('CREATE TABLE only_here (id int)')
  const found = await second.query(
    `SELECT to_regclass('only_here') AS other, to_regclass('billhook.plans')::text AS ours`,
  )
  expect(found.rows).toEqual([{ other: null, ours: 'billhook.plans' }])
  await first.close()
  await second.close()
})

describeWithPostgres('the migrations on a Postgres whose owner is no superuser', () => {
  it('let that owner take on the roles of requests and workers', async () => {
    const database = await createTestDatabase({ owner: 'plain' })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query('BEGIN; SET LOCAL ROLE billhook_app; COMMIT; BEGIN; SET LOCAL ROLE billhook_platform; COMMIT')
    await client.end()
    await database.drop()
  })
})
