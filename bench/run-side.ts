import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { DriveJob, DriveResult } from './drive.ts'
import { type Fixture, webhookSecret } from './fixture.ts'
import type { Side } from './sides.ts'
import { type BenchProcess, startProcess } from './start-process.ts'
import { readTally, type Tally } from './tally.ts'
import { cpuMsOf, rssMbOf } from './usage.ts'

/** A side that is up: its processes, and a connection that watches its database. */
export interface RunningSide {
  side: Side
  processes: BenchProcess[]
  origins: string[]
  watcher: pg.Client
  /** The first event that it has not got yet. */
  nextEvent: number
  tallyBefore: Tally
  /** Ends its processes; may be called again. */
  stopProcesses(): Promise<void>
  /** The same, and its watcher. */
  stop(): Promise<void>
}

export interface StartSideInput {
  side: Side
  databaseUrl: string
  /** One unless told otherwise. */
  processes?: number
  nodeArguments?: string[]
}

export async function startSide(input: StartSideInput): Promise<RunningSide> {
  const { side, databaseUrl, processes: count = 1, nodeArguments } = input
  const watcher = new pg.Client({ connectionString: databaseUrl })
  await watcher.connect()
  const processes: BenchProcess[] = []
  const stopProcesses = async (): Promise<void> => {
    await Promise.all(processes.map((each) => each.stop()))
  }
  try {
    if (side.prepare) await watcher.query(side.prepare)
    // What waits is in a small index, which the planner would leave for a look at every row.
    await watcher.query('set enable_seqscan = off')
    const tallyBefore = await readTally(watcher)
    const environment = { BENCH_SIDE_DATABASE_URL: databaseUrl }
    for (let n = 0; n < count; n++) processes.push(await startProcess(side.file, { environment, nodeArguments }))
    const origins = processes.map(({ ready }) => `http://127.0.0.1:${Object(ready).port}`)
    let ending: Promise<void> | undefined
    const stop = (): Promise<void> => {
      ending ??= stopProcesses().then(() => watcher.end())
      return ending
    }
    return { side, processes, origins, watcher, nextEvent: 0, tallyBefore, stopProcesses, stop }
  } catch (error) {
    await stopProcesses()
    await watcher.end()
    throw error
  }
}

export interface RunInput {
  running: RunningSide
  driver: BenchProcess
  fixture: Fixture
  postgresPid: number | undefined
  /** New ones. */
  events: number
  concurrency: number
  /** What is sent of them, in which order and how often; each once, in order, unless told otherwise. */
  arrange?: (events: number[]) => number[]
}

/** One measured run. Nulls where this machine cannot tell. CPU and log are for one delivery. */
export interface RunResult {
  side: Side['name']
  concurrency: number
  deliveries: number
  /** Deliveries, from the first request until the last event was applied. */
  appliedPerSecond: number
  ackP50Ms: number
  ackP99Ms: number
  serverCpuUs: number | null
  postgresCpuUs: number | null
  /** Of all its processes. */
  rssMb: number | null
  /** Write-ahead log, in kB. */
  walKb: number
  averageBytes: number
}

const limitMs = 60_000

/** Errors: a run in which not every event was answered 200 and applied is void. */
export async function runSide(input: RunInput): Promise<RunResult> {
  const { running, driver, fixture, events, concurrency, postgresPid, arrange = (all) => all } = input
  const { side, watcher } = running
  const appliedBefore = await numberOf(watcher, side.countApplied)
  const walBefore = await walBytes(watcher)
  const cpuBefore = await cpuOf(running, postgresPid)
  const deliveries = arrange(Array.from({ length: events }, (_, index) => running.nextEvent + index))
  const { origins } = running
  const job: DriveJob = { origins, path: side.path, secret: webhookSecret, fixture, deliveries, concurrency, limitMs }
  running.nextEvent += events
  const driven = (await driver.ask(job)) as DriveResult
  const appliedAtMs = await waitUntilApplied(running, driven.acknowledgedAtMs)
  const cpuAfter = await cpuOf(running, postgresPid)
  await requireAllApplied(running, driven, { appliedBefore, events, deliveries: deliveries.length })
  const each = (after: number | null, before: number | null): number | null =>
    after === null || before === null ? null : Math.round(((after - before) * 1000) / deliveries.length)
  return {
    side: side.name,
    concurrency,
    deliveries: deliveries.length,
    appliedPerSecond: (deliveries.length * 1000) / (appliedAtMs - driven.startedAtMs),
    ackP50Ms: driven.ackP50Ms,
    ackP99Ms: driven.ackP99Ms,
    serverCpuUs: each(cpuAfter.server, cpuBefore.server),
    postgresCpuUs: each(cpuAfter.postgres, cpuBefore.postgres),
    rssMb: await sumOf(running.processes.map(({ pid }) => rssMbOf(pid))),
    walKb: ((await walBytes(watcher)) - walBefore) / deliveries.length / 1024,
    averageBytes: driven.averageBytes,
  }
}

const cpuOf = async ({ processes }: RunningSide, postgresPid: number | undefined) => ({
  server: await sumOf(processes.map(({ pid }) => cpuMsOf(pid))),
  postgres: await cpuMsOf(postgresPid),
})

async function sumOf(figures: Array<Promise<number | null>>): Promise<number | null> {
  const known = (await Promise.all(figures)).filter((figure) => figure !== null)
  return known.length < figures.length ? null : known.reduce((sum, figure) => sum + figure, 0)
}

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
  { appliedBefore, events, deliveries }: { appliedBefore: number; events: number; deliveries: number },
): Promise<void> {
  const applied = (await numberOf(watcher, side.countApplied)) - appliedBefore
  if (applied === events && answers['200'] === deliveries) return
  const unapplied = side.explain ? (await watcher.query(side.explain)).rows.slice(0, 5) : []
  const reasons = [...refusals, ...unapplied]
  throw new Error(
    `The run of ${side.name} is void: of ${events} events ${applied} were applied; answers ${JSON.stringify(answers)}; ${JSON.stringify(reasons)}`,
  )
}
