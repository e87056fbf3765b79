import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres, type TestDatabase, type TestDatabaseOptions } from './index.ts'

const opened: TestDatabase[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.drop()))
})

async function open(options: TestDatabaseOptions): Promise<TestDatabase> {
  const database = await createTestDatabase(options)
  opened.push(database)
  return database
}

async function query(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results: pg.QueryResult[] = []
    for (const statement of statements) results.push(await client.query(statement))
    return results.at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}

describeWithPostgres('a test database', () => {
  it('is a real Postgres 15 or later that compares text by code point', async () => {
    const { url } = await open({ template: 'empty' })
    expect(
      await query(
        url,
        `SELECT current_setting('server_version_num')::int >= 150000 AS recent, 'Z' < 'a' AS by_code_point`,
      ),
    ).toEqual([{ recent: true, by_code_point: true }])
  })

  it('shares nothing with another one', async () => {
    const [first, second] = await Promise.all([open({ template: 'empty' }), open({ template: 'empty' })])
    await query(first.url, 'CREATE TABLE only_here (id int)')
    expect(await query(second.url, `SELECT to_regclass('only_here') AS found`)).toEqual([{ found: null }])
  })

  it('is a copy of its template, which is built once however many ask at the same time', async () => {
    let builds = 0
    const template = {
      name: 'counted',
      build: async (url: string) => {
        builds += 1
        await query(url, 'CREATE TABLE counted AS SELECT 7 AS value')
      },
    }
    const databases = await Promise.all([open({ template }), open({ template }), open({ template })])
    for (const { url } of databases) expect(await query(url, 'SELECT value FROM counted')).toEqual([{ value: 7 }])
    expect(builds).toBe(1)
  })

  it('never comes from a template whose building failed half-way', async () => {
    const makeTable = (url: string) => query(url, 'CREATE TABLE half (id int)')
    const breaksAfterwards = async (url: string) => {
      await makeTable(url)
      throw new Error('the migration is wrong')
    }
    const finishes = async (url: string) => {
      await makeTable(url)
      await query(url, 'CREATE TABLE other_half (id int)')
    }
    await expect(open({ template: { name: 'broken', build: breaksAfterwards } })).rejects.toThrow(
      'the migration is wrong',
    )
    const { url } = await open({ template: { name: 'broken', build: finishes } })
    expect(await query(url, `SELECT to_regclass('other_half')::text AS found`)).toEqual([{ found: 'other_half' }])
  })

  it('of a plain owner obeys forced row-level security, which a superuser passes by', async () => {
    const template = {
      name: 'forced_rls',
      build: async (url: string) =>
        void (await query(
          url,
          'CREATE TABLE guarded AS SELECT 1 AS id',
          'ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
          'ALTER TABLE guarded FORCE ROW LEVEL SECURITY',
        )),
    }
    const [plain, superuser] = await Promise.all([open({ template, owner: 'plain' }), open({ template })])
    expect(await query(plain.url, 'SELECT * FROM guarded')).toEqual([])
    expect(await query(superuser.url, 'SELECT * FROM guarded')).toEqual([{ id: 1 }])
    expect(
      await query(plain.url, 'SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user'),
    ).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: true }])
  })

  it('of a plain owner can use a role that a superuser made first, as when that one ran the migrations before', async () => {
    const makeRole = `DO $$ BEGIN CREATE ROLE billhook_probe NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`
    await query((await open({ template: 'empty' })).url, makeRole)
    const { url } = await open({ template: 'empty', owner: 'plain' })
    expect(
      await query(
        url,
        makeRole,
        'GRANT billhook_probe TO CURRENT_USER',
        'SET ROLE billhook_probe',
        'SELECT 1 AS works',
      ),
    ).toEqual([{ works: 1 }])
  })

  it('is gone after being dropped, even with a client still connected', async () => {
    const database = await createTestDatabase({ template: 'empty' })
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => undefined)
    await client.connect()
    await database.drop()
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/)
    await client.end()
  })
})
