// Somebody who knows the address of the door and no secret, in a process of its own. It takes one job at a time over IPC.
import { randomBytes } from 'node:crypto'
import { Pool } from 'undici'
import { announce } from './start-process.ts'
import { signatureOf } from './stripe-events.ts'

export interface FloodJob {
  origin: string
  path: string
  concurrency: number
  /** No fewer than so many; it goes on after that until it is told that it is enough. */
  atLeast: number
}

export interface FloodResult {
  /** How often each status (or error code) was answered. */
  answers: Record<string, number>
  perSecond: number
}

interface Forgery {
  body: Buffer
  headers: Record<string, string>
}

const megabyte = 1_048_576

/** What each thousand of them consists of: mostly what looks like an event, signed by somebody else. */
function forgeries(): Forgery[] {
  const seconds = Math.floor(Date.now() / 1000)
  const event = (n: number) => JSON.stringify({ id: `evt_forged_${n}`, object: 'event', padding: 'x'.repeat(4_000) })
  const signed = (body: string | Buffer, at = seconds): Forgery => {
    const text = body.toString()
    return { body: Buffer.from(body), headers: { 'stripe-signature': signatureOf(text, 'whsec_forged', at) } }
  }
  const common = (n: number): Forgery => {
    if (n % 10 === 7) return { ...signed(event(n)), headers: {} }
    if (n % 10 === 8) return signed(event(n), seconds - 86_400)
    if (n % 10 === 9) return { ...signed(event(n)), headers: { 'stripe-signature': `t=,v1=${'0'.repeat(8_000)}` } }
    return signed(event(n))
  }
  const rare = [
    signed(Buffer.alloc(10 * megabyte, 'x')),
    signed('['.repeat(megabyte)),
    signed(randomBytes(100_000)),
    signed(Buffer.from(event(0), 'utf16le')),
  ]
  return [...Array.from({ length: 1_000 - rare.length }, (_, n) => common(n)), ...rare]
}

let isEnough = false

async function flood({ origin, path, concurrency, atLeast }: FloodJob): Promise<FloodResult> {
  isEnough = false
  const kinds = forgeries()
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 })
  const answers: Record<string, number> = {}
  const beganMs = performance.now()
  let sent = 0
  const sender = async (): Promise<void> => {
    while (sent < atLeast || !isEnough) {
      const forgery = kinds[sent++ % kinds.length]
      const status = forgery ? await post(pool, path, forgery) : ''
      answers[status] = (answers[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, sender))
  const perSecond = (sent * 1000) / (performance.now() - beganMs)
  await pool.close()
  return { answers, perSecond }
}

async function post(pool: Pool, path: string, { body, headers }: Forgery): Promise<string> {
  try {
    const response = await pool.request({ path, method: 'POST', headers, body })
    await response.body.dump()
    return String(response.statusCode)
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'error'
  }
}

process.on('message', (job: FloodJob | 'enough') => {
  if (job === 'enough') isEnough = true
  else void flood(job).then((result) => process.send?.(result))
})
announce({}, async () => {})
