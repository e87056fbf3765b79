import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ensureDashboard } from '../packages/server/src/build-dashboard.ts'
import { webhookSecret } from './fixture.ts'
import type { PartInput } from './parts.ts'
import { eventAt, signatureOf } from './stripe-events.ts'
import { fixed, median, table } from './table.ts'

const inBench = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const service = inBench('../packages/server/src/main.ts')
const startTimeoutMs = 60_000

interface Start {
  name: string
  file: string
  path: string
  content: 'empty' | 'preloaded'
}

const starts: Start[] = [
  { name: 'floor', file: inBench('servers/floor.ts'), path: '/', content: 'empty' },
  {
    ...{ name: 'billhook, migrations applied', file: service, content: 'preloaded' },
    path: '/api/v1/billing/webhooks/stripe/',
  },
  {
    ...{ name: 'billhook, migrations to apply', file: service, content: 'empty' },
    path: '/api/v1/billing/webhooks/stripe/',
  },
]

/** From the start of the process until the first 200 for a signed event: the service itself, as `npm start` runs it in production. */
export async function measureColdStart({ options, ground, say }: PartInput): Promise<string> {
  await pagesAreBuilt()
  const directory = await mkdtemp(join(tmpdir(), 'billhook-bench-'))
  const timings = new Map<string, number[]>(starts.map(({ name }) => [name, []]))
  const measure = async (start: Start): Promise<number> => {
    const databaseUrl = await ground.makeDatabase(start.content)
    const body = JSON.stringify(eventAt(ground.fixture, 0))
    return timeToFirst200({ start, databaseUrl, body, directory })
  }
  // What Node compiles is kept for the next start: the first of each is not counted.
  for (const start of starts) await measure(start)
  for (let round = 1; round <= options.rounds; round++) {
    for (const start of starts) {
      const ms = await measure(start)
      say(`cold start, round ${round}, ${start.name}: ${Math.round(ms)} ms`)
      timings.get(start.name)?.push(ms)
    }
  }
  await rm(directory, { recursive: true })
  const floor = median(timings.get('floor') ?? [])
  const rows = [...timings].map(([name, all]) => [name, fixed(median(all), 0), fixed(median(all) / floor, 2)])
  return table([['cold start to the first 200', 'ms', 'of floor'], ...rows])
}

/** Where they are not, every start would begin to build them, and share the machine with that. */
async function pagesAreBuilt(): Promise<void> {
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const pages = ensureDashboard(dirname(dirname(fileURLToPath(import.meta.url))), logger)
  while (pages.isBeingBuilt()) await sleep(100)
}

interface Attempt {
  start: Start
  databaseUrl: string
  body: string
  directory: string
}

async function timeToFirst200({ start, databaseUrl, body, directory }: Attempt): Promise<number> {
  const port = await freePort()
  const environment = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    BENCH_SIDE_DATABASE_URL: databaseUrl,
    DATABASE_URL: databaseUrl,
    BILLHOOK_API_KEY: 'bh_bench_key_0123456789abcdef',
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  }
  const startedMs = performance.now()
  const child = spawn(process.execPath, [start.file], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  const ended = new Promise<'ended'>((resolve) => child.once('close', () => resolve('ended')))
  try {
    for (;;) {
      const headers = { 'stripe-signature': signatureOf(body, webhookSecret, Math.floor(Date.now() / 1000)) }
      const answer = await fetch(`http://127.0.0.1:${port}${start.path}`, { method: 'POST', body, headers }).catch(
        () => null,
      )
      await answer?.body?.cancel()
      const tookMs = performance.now() - startedMs
      if (answer?.status === 200) return tookMs
      if (tookMs > startTimeoutMs) throw new Error(`${start.name} did not answer 200 in time: ${complaint}`)
      if ((await Promise.race([ended, sleep(5)])) === 'ended') throw new Error(`${start.name} ended: ${complaint}`)
    }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = Object(probe.address())
      probe.close(() => resolve(port))
    })
  })
}
