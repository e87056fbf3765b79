import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, it } from 'vitest'
import { createTestDatabase, describeWithPostgres } from '../testing/postgres/index.ts'

const migrate = fileURLToPath(new URL('./migrate.ts', import.meta.url))
const program = (url: string) =>
  `const { migratePostgres } = await import(${JSON.stringify(migrate)}); await migratePostgres(${JSON.stringify(url)})`

describeWithPostgres('migrations', () => {
  it.each(['superuser', 'plain'] as const)(
    'are applied once by processes that start together, as %s',
    async (owner) => {
      const database = await createTestDatabase({ template: 'empty', owner })
      const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(database.url)])
      await Promise.all([start(), start(), start()])
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      const { rows } = await client.query('select hash from billhook.migrations')
      const { rows: roles } = await client.query(
        `select 1 from pg_roles where rolname in ('billhook_app', 'billhook_platform')`,
      )
      await client.end()
      expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length)
      expect(rows.length).toBeGreaterThan(1)
      expect(roles).toHaveLength(2)
      await database.drop()
    },
  )
})
