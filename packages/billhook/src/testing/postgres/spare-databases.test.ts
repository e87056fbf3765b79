import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { asAdmin, runPrefix, withDatabase } from './database-admin.ts'
import { createTestDatabase, describeWithPostgres } from './index.ts'
import { claimSpare, markNew, releaseDatabase } from './spare-databases.ts'

describeWithPostgres('a database that a test has left', () => {
  const server = inject('testServer')
  const url = 'url' in server ? server.url : ''
  // A template of this test's own: no other test takes its spare ones.
  const template = `own_${randomBytes(4).toString('hex')}`
  const nameOf = (text: string) => new URL(text).pathname.slice(1)
  const kept = (name: string) => ({ runId: server.runId, template, name })
  const asked = (name: string, sql: string) =>
    asAdmin(withDatabase(url, name), async (client) => (await client.query(sql)).rows)
  const newName = () => `${runPrefix(server.runId)}_${randomBytes(6).toString('hex')}`

  /** A copy like new, something done to it, and whether the next one who asks gets it. */
  async function handedOn(...statements: string[]): Promise<string | undefined> {
    const name = nameOf((await createTestDatabase()).url)
    await asAdmin(url, (client) => markNew(client, withDatabase(url, name), name))
    for (const statement of statements) await asked(name, statement)
    await releaseDatabase(url, kept(name))
    const next = newName()
    return (await asAdmin(url, (client) => claimSpare(client, kept(next)))) ? next : undefined
  }
  const drop = (name: string | undefined) =>
    asAdmin(url, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))

  it('is handed on empty, its sequences at their start, under another name', async () => {
    const name = await handedOn(
      `INSERT INTO billhook.organizations SELECT (jsonb_populate_record(o, '{"id": "bhorg_1", "external_id": "a", "name": "a", "email": "a@a.test",
        "country": "DE", "currency": "EUR", "timezone": "UTC", "metadata": {}, "created_at": "2026-01-01Z", "updated_at": "2026-01-01Z"}')).*
        FROM (SELECT NULL::billhook.organizations AS o) AS empty`,
      'SELECT nextval(seqrelid) FROM pg_sequence',
    )
    expect(name).toBeDefined()
    expect(await asked(name ?? '', 'SELECT count(*)::int AS n FROM billhook.organizations')).toEqual([{ n: 0 }])
    const sequences = await asked(name ?? '', 'SELECT last_value FROM pg_sequences')
    expect(sequences.length).toBeGreaterThan(0)
    expect(new Set(sequences.map(({ last_value }) => last_value))).toEqual(new Set([null]))
    await drop(name)
  })

  it.each([
    ['a table was added', 'CREATE TABLE more (id int)'],
    ['a trigger was switched off', 'ALTER TABLE billhook.invoices DISABLE TRIGGER USER'],
    ['a right was taken away', 'REVOKE SELECT ON billhook.plans FROM billhook_app'],
    ['a policy was dropped', 'ALTER TABLE billhook.invoices NO FORCE ROW LEVEL SECURITY'],
    ['the log of migrations was changed', 'DELETE FROM billhook.migrations'],
    [
      'a setting was made',
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 64', current_database()); END $$`,
    ],
  ])('is dropped when %s', async (_, statement) => {
    expect(await handedOn(statement)).toBeUndefined()
  })
})
