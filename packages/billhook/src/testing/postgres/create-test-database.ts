import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { describe, inject } from 'vitest'
import { asAdmin, runPrefix, withDatabase } from './database-admin.ts'
import { claimSpare, markNew, releaseDatabase } from './spare-databases.ts'
import type { TestServer } from './test-server.ts'

export interface TestTemplate {
  /** Short, lower-case, unique among the templates of the tests. */
  name: string
  /** Fills the empty database at this URL, and leaves no connection open. */
  build(databaseUrl: string): Promise<void>
}

export interface TestDatabaseOptions {
  /** What the new database is a copy of: the migrated schema by default, or `empty`, or a template of your own. */
  template?: TestTemplate | 'empty'
  /**
   * `superuser` (default): the URL connects as the server's superuser, whom no row-level security holds back.
   * `plain`: as the database's owner, NOSUPERUSER CREATEROLE, who ran the migrations: what a hosted Postgres gives, and
   * what shows whether FORCE ROW LEVEL SECURITY holds.
   */
  owner?: 'superuser' | 'plain'
}

export interface TestDatabase {
  url: string
  /** The same database for the server's superuser. */
  superuserUrl: string
  /** Takes the database away, closing whatever is still connected to it. */
  drop(): Promise<void>
}

const migrated: TestTemplate = {
  name: 'migrated',
  build: async (databaseUrl) => {
    const { migratePostgres } = await import('../../db/migrate.ts')
    await migratePostgres(databaseUrl)
  },
}

/** A database of its own for a test file or a test: a copy of a template that is built once in a run, or one like new that another test left. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject('testServer')
  if ('unavailable' in server) throw new Error(`there is no Postgres to test with: ${server.unavailable}`)
  const { runId } = server
  const login = options.owner === 'plain' ? plainOwner(runId) : undefined
  const name = `${runPrefix(runId)}_${randomBytes(6).toString('hex')}`
  // Only the migrated schema is known well enough to be emptied.
  const isReused = (options.template ?? migrated) === migrated
  const kept = { runId, template: login ? 'plain' : 'superuser', name }
  await asAdmin(server.url, async (client) => {
    const claim = () => (isReused ? claimSpare(client, kept) : Promise.resolve(false))
    if (await inTurn(client, runId, claim)) return
    const template = await openTemplate(client, server.url, runId, options.template ?? migrated, login)
    const owner = login ? `OWNER ${login.user}` : ''
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} ${owner}`)
    if (isReused) await markNew(client, withDatabase(server.url, name), name)
  })
  return {
    url: withDatabase(server.url, name, login),
    superuserUrl: withDatabase(server.url, name),
    drop: () => (isReused ? releaseDatabase(server.url, kept) : dropDatabase(server.url, name)),
  }
}

const dropDatabase = (serverUrl: string, name: string): Promise<void> =>
  asAdmin(serverUrl, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)))

/** `describe` for tests that only a real Postgres can run; where none can start they are skipped, and the run says so. */
export const describeWithPostgres: typeof describe = describe.skipIf(
  'unavailable' in (inject('testServer') as TestServer),
) as typeof describe

interface Login {
  user: string
  password: string
}

function plainOwner(runId: string): Login {
  return { user: `${runPrefix(runId)}_owner`, password: runId }
}

async function openTemplate(
  client: pg.Client,
  serverUrl: string,
  runId: string,
  template: TestTemplate | 'empty',
  login: Login | undefined,
): Promise<string> {
  // Test files run in several processes: the first one builds, the others wait for it here.
  return inTurn(client, runId, async () => {
    if (login) await createPlainOwner(client, login)
    if (template === 'empty') return 'template0'
    const name = `${runPrefix(runId)}_template_${template.name}${login ? '_plain' : ''}`
    const existing = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (existing.rowCount === 0)
      await buildTemplate(client, withDatabase(serverUrl, name, login), name, template, login)
    return name
  })
}

/** One at a time among the processes of a run. */
async function inTurn<T>(client: pg.Client, runId: string, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [runPrefix(runId)])
  try {
    return await work()
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtext($1))', [runPrefix(runId)])
  }
}

async function buildTemplate(
  client: pg.Client,
  url: string,
  name: string,
  template: TestTemplate,
  login: Login | undefined,
): Promise<void> {
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ${login ? `OWNER ${login.user}` : ''}`)
  try {
    await template.build(url)
  } catch (error) {
    // The next caller must not take a half-built database for a template.
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
    throw error
  }
}

async function createPlainOwner(client: pg.Client, login: Login): Promise<void> {
  const existing = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login.user])
  if (existing.rowCount === 0) {
    await client.query(
      `CREATE ROLE ${login.user} LOGIN NOSUPERUSER CREATEROLE NOBYPASSRLS PASSWORD '${login.password}'`,
    )
  }
  // Roles belong to the server, not to a database: those that an earlier migration made are handed to the plain owner as
  // if its own migration had made them.
  const roles = await client.query<{ rolname: string }>(
    `SELECT rolname FROM pg_roles WHERE rolname LIKE 'billhook\\_%' AND rolname NOT LIKE 'billhook\\_test\\_%'`,
  )
  for (const { rolname } of roles.rows) {
    await client.query(
      `GRANT ${client.escapeIdentifier(rolname)} TO ${login.user} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
    )
  }
}
