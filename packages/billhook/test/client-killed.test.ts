import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { listen } from './support/listen.ts'
import { selectRows } from './support/sandbox-shop.ts'
import { openUsageShop, type UsageShop } from './support/usage-shop.ts'

const sender = fileURLToPath(new URL('./support/usage-sender.ts', import.meta.url))
let shop: UsageShop
let directory: string
let listening: Awaited<ReturnType<typeof listen>>
let children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await listening.stop()
  await shop.close()
  await rm(directory, { recursive: true })
})

/** Of any four requests, one is refused before it is served, and the answer of another is lost. */
function troubled(handler: UsageShop['billing']['handler']) {
  let n = 0
  return async (request: Request): Promise<Response> => {
    const turn = n++ % 4
    if (turn === 1) return new Response('busy', { status: 503 })
    const answer = await handler(request)
    return turn === 3 ? new Response('lost', { status: 502 }) : answer
  }
}

function run(first: string): { child: ChildProcess; lines: AsyncIterable<string> } {
  const child = spawn(process.execPath, [sender, listening.url, directory, first], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return { child, lines: createInterface({ input: child.stdout }) }
}

/** Records from `first` on, and is killed in the middle of it; the last number that was promised to be kept. */
async function recordUntilKilled(first: number, count: number): Promise<number> {
  const { child } = run(String(first))
  // Read to its very end: lines that were still on their way when it died were promised, too.
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.includes(`\n${first + count}\n`)) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.once('close', resolve))
  return Number(said.trimEnd().split('\n').at(-1))
}

it('loses no usage that it promised to keep, and counts none twice, however often it is killed', async () => {
  shop = await openUsageShop({ at: new Date().toISOString() })
  directory = await mkdtemp(join(tmpdir(), 'billhook-killed-'))
  listening = await listen(troubled(shop.billing.handler))
  const promised: number[] = []
  let next = 0
  for (let round = 0; round < 4; round++) {
    const last = await recordUntilKilled(next, 120)
    for (let n = next; n <= last; n++) promised.push(n)
    // The one after it may be kept without a promise, too.
    next = last + 2
  }
  const { lines } = run('deliver')
  const said: string[] = []
  for await (const line of lines) said.push(line)
  expect(said).toEqual(['waiting 0'])
  const rows = await selectRows(shop.billing, 'select event_id as id from billhook.usage_events')
  const counted = new Set(rows.map(({ id }) => id))
  expect(promised.filter((n) => !counted.has(`n${n}`))).toEqual([])
  expect([counted.size, await shop.used('calls')]).toEqual([rows.length, rows.length])
  expect(promised.length).toBeGreaterThan(480)
})
