import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { DriveJob, DriveResult } from './drive.ts'
import { type Fixture, webhookSecret } from './fixture.ts'
import type { Side } from './sides.ts'
import { type BenchProcess, startProcess } from './start-process.ts'
import { readTally, type Tally } from './tally.ts'
import { cpuMsOf, rssMbOf } from './usage.ts'

/** A side that is up: its process, and a connection that watches its database. */
export interface RunningSide {
  side: Side
  process: BenchProcess
  origin: string
  watcher: pg.Client
  /** The first event that it has not got yet. */
  nextEvent: number
  tallyBefore: Tally
  stop(): Promise<void>
}

export interface StartSideInput {
  side: Side
  databaseUrl: string
  nodeArguments?: string[]
}

export async function startSide({ side, databaseUrl, nodeArguments }: StartSideInput): Promise<RunningSide> {
  const watcher = new pg.Client({ connectionString: databaseUrl })
  await watcher.connect()
  try {
    if (side.prepare) await watcher.query(side.prepare)
    // What waits is in a small index, which the planner would leave for a look at every row.
    await watcher.query('set enable_seqscan = off')
    const tallyBefore = await readTally(watcher)
    const environment = { BENCH_SIDE_DATABASE_URL: databaseUrl }
    const process = await startProcess(side.file, { environment, nodeArguments })
    const port = Object(process.ready).port
    const stop = async (): Promise<void> => {
      await process.stop()
      await watcher.end()
    }
    return { side, process, origin: `http://127.0.0.1:${port}`, watcher, nextEvent: 0, tallyBefore, stop }
  } catch (error) {
    await watcher.end()
    throw error
  }
}

export interface RunInput {
  running: RunningSide
  driver: BenchProcess
  fixture: Fixture
  postgresPid: number | undefined
  events: number
  concurrency: number
}

/** One measured run. Nulls where this machine cannot tell. */
export interface RunResult {
  side: Side['name']
  concurrency: number
  /** From the first request until the last event was applied. */
  appliedPerSecond: number
  ackP50Ms: number
  ackP99Ms: number
  serverCpuUs: number | null
  postgresCpuUs: number | null
  rssMb: number | null
  /** Write-ahead log per event, in kB. */
  walKb: number
  averageBytes: number
}

const limitMs = 60_000

/** Errors: a run in which not every event was answered 200 and applied is void. */
export async function runSide(input: RunInput): Promise<RunResult> {
  const { running, driver, fixture, events, concurrency, postgresPid } = input
  const { side, watcher } = running
  const appliedBefore = await numberOf(watcher, side.countApplied)
  const walBefore = await walBytes(watcher)
  const cpuBefore = await cpuOf(running, postgresPid)
  const job: DriveJob = {
    origin: running.origin,
    path: side.path,
    secret: webhookSecret,
    fixture,
    firstEvent: running.nextEvent,
    events,
    concurrency,
    limitMs,
  }
  running.nextEvent += events
  const driven = (await driver.ask(job)) as DriveResult
  const appliedAtMs = await waitUntilApplied(running, driven.acknowledgedAtMs)
  const cpuAfter = await cpuOf(running, postgresPid)
  await requireAllApplied(running, driven, { appliedBefore, events })
  const perEventUs = (after: number | null, before: number | null): number | null =>
    after === null || before === null ? null : Math.round(((after - before) * 1000) / events)
  return {
    side: side.name,
    concurrency,
    appliedPerSecond: (events * 1000) / (appliedAtMs - driven.startedAtMs),
    ackP50Ms: driven.ackP50Ms,
    ackP99Ms: driven.ackP99Ms,
    serverCpuUs: perEventUs(cpuAfter.server, cpuBefore.server),
    postgresCpuUs: perEventUs(cpuAfter.postgres, cpuBefore.postgres),
    rssMb: await rssMbOf(running.process.pid),
    walKb: ((await walBytes(watcher)) - walBefore) / events / 1024,
    averageBytes: driven.averageBytes,
  }
}

const cpuOf = async (running: RunningSide, postgresPid: number | undefined) => ({
  server: await cpuMsOf(running.process.pid),
  postgres: await cpuMsOf(postgresPid),
})

async function numberOf(watcher: pg.Client, text: string): Promise<number> {
  const { rows } = await watcher.query<{ n: number }>(text)
  return rows[0]?.n ?? 0
}

async function walBytes(watcher: pg.Client): Promise<number> {
  return numberOf(watcher, `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as n`)
}

/** By the system's clock: when nothing was waiting any more, or when patience ran out. */
async function waitUntilApplied({ side, watcher }: RunningSide, acknowledgedAtMs: number): Promise<number> {
  if (!side.countWaiting) return acknowledgedAtMs
  const nowMs = (): number => performance.timeOrigin + performance.now()
  for (;;) {
    const waiting = await numberOf(watcher, side.countWaiting)
    const at = nowMs()
    if (waiting === 0 || at - acknowledgedAtMs > limitMs) return at
    // Looking costs the database work, too: a long queue is looked at seldom, its end closely.
    await sleep(Math.min(500, 20 + waiting))
  }
}

/** An acknowledgement is no result: only what ended up applied counts. */
async function requireAllApplied(
  { side, watcher }: RunningSide,
  { answers, refusals }: DriveResult,
  { appliedBefore, events }: { appliedBefore: number; events: number },
): Promise<void> {
  const applied = (await numberOf(watcher, side.countApplied)) - appliedBefore
  if (applied === events && answers['200'] === events) return
  const unapplied = side.explain ? (await watcher.query(side.explain)).rows.slice(0, 5) : []
  const reasons = [...refusals, ...unapplied]
  throw new Error(
    `The run of ${side.name} is void: of ${events} events ${applied} were applied; answers ${JSON.stringify(answers)}; ${JSON.stringify(reasons)}`,
  )
}
