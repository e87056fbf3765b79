import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { dropRunLeftovers } from './database-admin.ts'
import { startPostgres } from './start-postgres.ts'
import { readTestDatabaseKind } from './test-server.ts'

/** Vitest's global setup: one Postgres server for the whole run. `TEST_DATABASE_URL` names another one to use instead. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kind = readTestDatabaseKind(process.env)
  const runId = randomBytes(4).toString('hex')
  const ownUrl = process.env.TEST_DATABASE_URL
  if (ownUrl) {
    project.provide('testServer', { kind, runId, url: ownUrl })
    return () => dropRunLeftovers(ownUrl, runId)
  }
  try {
    const server = await startPostgres()
    project.provide('testServer', { kind, runId, url: server.url('postgres') })
    return () => server.stop()
  } catch (error) {
    // In CI a run without Postgres proves too little to be green.
    if (process.env.CI) throw error
    // What does not need Postgres itself runs on PGlite, the rest is skipped; the closing line's reporter says so.
    project.provide('testServer', {
      kind: 'pglite',
      runId,
      unavailable: error instanceof Error ? error.message : String(error),
    })
    return undefined
  }
}
