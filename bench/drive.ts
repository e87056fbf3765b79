// The load generator, in a process of its own so that its work is on nobody's bill. It takes one job at a time over IPC.
import { Pool } from 'undici'
import type { Fixture } from './fixture.ts'
import { announce } from './start-process.ts'
import { eventAt, signatureOf } from './stripe-events.ts'

export interface DriveJob {
  /** Connections are shared out among them. */
  origins: string[]
  path: string
  secret: string
  fixture: Fixture
  /** Numbers of events, in the order in which they are sent. */
  deliveries: number[]
  concurrency: number
  /** No request is begun later than this. */
  limitMs: number
}

export interface DriveResult {
  sent: number
  /** How often each status (or error code) was answered. */
  answers: Record<string, number>
  /** What the first few answers other than 200 said. */
  refusals: string[]
  /** By the system's clock with a fraction, so that another process can go on measuring. */
  startedAtMs: number
  acknowledgedAtMs: number
  ackP50Ms: number
  ackP99Ms: number
  averageBytes: number
}

const mostRefusals = 5
const nowMs = (): number => performance.timeOrigin + performance.now()

interface Delivery {
  body: string
  headers: Record<string, string>
}

function signed({ fixture, deliveries, secret }: DriveJob): Delivery[] {
  const seconds = Math.floor(Date.now() / 1000)
  return deliveries.map((event) => {
    const body = JSON.stringify(eventAt(fixture, event))
    const headers = { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, secret, seconds) }
    return { body, headers }
  })
}

async function drive(job: DriveJob): Promise<DriveResult> {
  const deliveries = signed(job)
  const connections = Math.ceil(job.concurrency / job.origins.length)
  const pools = job.origins.map((origin) => new Pool(origin, { connections, pipelining: 1 }))
  const latencies: number[] = []
  const answers: Record<string, number> = {}
  const refusals: string[] = []
  const queue = deliveries.values()
  const startedAtMs = nowMs()
  const worker = async (pool: Pool): Promise<void> => {
    for (const delivery of queue) {
      const began = performance.now()
      if (nowMs() - startedAtMs > job.limitMs) return
      const { status, text } = await post(pool, job.path, delivery)
      latencies.push(performance.now() - began)
      answers[status] = (answers[status] ?? 0) + 1
      if (text !== '' && refusals.length < mostRefusals) refusals.push(`${status}: ${text.slice(0, 300)}`)
    }
  }
  await Promise.all(pools.flatMap((pool) => Array.from({ length: connections }, () => worker(pool))))
  const acknowledgedAtMs = nowMs()
  await Promise.all(pools.map((pool) => pool.close()))
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0
  const bytes = deliveries.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
  return {
    sent: latencies.length,
    answers,
    refusals,
    startedAtMs,
    acknowledgedAtMs,
    ackP50Ms: quantile(0.5),
    ackP99Ms: quantile(0.99),
    averageBytes: Math.round(bytes / deliveries.length),
  }
}

/** The text only of what was refused: reading it costs this process time. */
async function post(pool: Pool, path: string, { body, headers }: Delivery): Promise<{ status: string; text: string }> {
  try {
    const response = await pool.request({ path, method: 'POST', headers, body })
    if (response.statusCode !== 200) return { status: String(response.statusCode), text: await response.body.text() }
    await response.body.dump()
    return { status: '200', text: '' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error'
    return { status: code, text: String(error) }
  }
}

process.on('message', (job: DriveJob) => void drive(job).then((result) => process.send?.(result)))
announce({}, async () => {})
