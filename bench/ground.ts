import { openServer, query } from './database.ts'
import type { Fixture } from './fixture.ts'
import { preload } from './preload.ts'
import { type RunningSide, startSide } from './run-side.ts'
import type { Side } from './sides.ts'
import { type BenchProcess, startProcess } from './start-process.ts'

/** What every part of a run stands on: one Postgres, one load generator, one preloaded database to copy. */
export interface Ground {
  fixture: Fixture
  driver: BenchProcess
  /** Where it is ours to watch. */
  postgresPid: number | undefined
  /** A new database's URL: empty, or a copy of the preloaded one. */
  makeDatabase(content: 'empty' | 'preloaded'): Promise<string>
  /** A side that is up, on a database of its own. */
  start(side: Side, how?: { processes?: number; nodeArguments?: string[] }): Promise<RunningSide>
  [Symbol.asyncDispose](): Promise<void>
}

export interface GroundInput {
  organizations: number
  /** Postgres counts what its statements cost. */
  withStatements: boolean
  say(line: string): void
}

/** Errors: a Postgres that does not keep what it has committed. */
export async function openGround({ organizations, withStatements, say }: GroundInput): Promise<Ground> {
  const cleanup = new AsyncDisposableStack()
  try {
    const server = await openServer(withStatements)
    cleanup.defer(() => server.stop())
    const prefix = `billhook_bench_${process.pid}`
    const admin = (text: string) => query(server.url('postgres'), text)
    let databases = 0
    const makeDatabase = async (template: string): Promise<string> => {
      const name = `${prefix}_${databases++}`
      await admin(`create database ${name} template ${template}`)
      cleanup.defer(async () => void (await admin(`drop database ${name} with (force)`)))
      return server.url(name)
    }
    const preloaded = await makeDatabase('template0')
    const startedMs = performance.now()
    const fixture = await preload({ databaseUrl: preloaded, organizations })
    say(`${organizations} organizations preloaded in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    const driver = await startProcess('drive.ts')
    cleanup.defer(() => driver.stop())
    const make: Ground['makeDatabase'] = (content) =>
      makeDatabase(content === 'preloaded' ? new URL(preloaded).pathname.slice(1) : 'template0')
    return {
      fixture,
      driver,
      postgresPid: server.pid,
      makeDatabase: make,
      start: async (side, how = {}) => {
        const databaseUrl = await make(side.isPreloaded ? 'preloaded' : 'empty')
        const running = await startSide({ side, databaseUrl, ...how })
        cleanup.defer(() => running.stop())
        return running
      },
      [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
    }
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}
