import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const section = 'The first subscription in five minutes, with curl'
const blockTimeoutMs = 60_000

let service: ServiceRun
let shell: Shell
let blocks: string[]
let key: string
let remove: () => Promise<void>
beforeAll(async () => {
  for (const program of ['bash', 'curl']) {
    if (spawnSync(program, ['--version']).error) throw new Error(`This test needs ${program}: install it.`)
  }
  const temporary = await temporaryDirectory()
  remove = temporary.remove
  service = await startService({ directory: temporary.directory })
  key = /Platform key: +(\S+)/.exec(service.output())?.[1] ?? ''
  blocks = await readBlocks()
  shell = new Shell()
}, 240_000)
afterAll(async () => {
  shell?.end()
  await service?.stop()
  await remove?.()
})

/** The section's commands as they stand, but for the key and the address of this run. */
async function readBlocks(): Promise<string[]> {
  const text = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, ...after] = text.split(`## ${section}\n`)
  const [body = ''] = (after[0] ?? '').split('\n## ')
  return [...body.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, , commands = '']) =>
    commands.replace('KEY=bh_...', `KEY=${key}`).replaceAll('http://localhost:4242', service.url),
  )
}

/** One bash for all blocks, as the reader has one terminal. */
class Shell {
  readonly #process: ChildProcessWithoutNullStreams = spawn('bash', ['--norc'], { env: { PATH: process.env.PATH } })
  #output = ''
  constructor() {
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => {
        this.#output += chunk
      })
    }
  }

  /** The lines that the block prints. Errors: when it does not come to its end. */
  async run(block: string): Promise<string[]> {
    const mark = `--- end of block ${Math.round(performance.now())} ---`
    this.#output = ''
    this.#process.stdin.write(`${block}\necho '${mark}' $?\n`)
    const isDone = () => this.#output.includes(`${mark} `)
    await expect.poll(isDone, { timeout: blockTimeoutMs, message: block }).toBe(true)
    const [printed = '', status] = this.#output.split(`${mark} `)
    expect(status?.trim(), `${block}\n${printed}`).toBe('0')
    return printed.split('\n').filter((line) => line.trim() !== '')
  }

  end(): void {
    this.#process.kill()
  }
}

const json = (line: string | undefined): Record<string, unknown> => Object(JSON.parse(line ?? 'null'))
const ask = async (path: string) => {
  const headers = { authorization: `Bearer ${key}`, 'x-organization-id': 'acme' }
  return json(await (await fetch(`${service.url}/api/v1${path}`, { headers })).text())
}
/** What the reader sees after a moment. */
const settle = (probe: () => Promise<unknown>, wanted: unknown) =>
  expect.poll(probe, { timeout: blockTimeoutMs }).toEqual(wanted)
const paidInvoices = async () =>
  Object(await ask('/invoices/'))
    .data.filter(({ status }: { status: string }) => status === 'paid')
    .map(({ total }: { total: number }) => total)

it('leads its reader from nothing to a renewal, command by command as README.md has them', async () => {
  expect(key).toMatch(/^bh_/)
  const [prepare, organization, plan, pay, look, advance, after, ...more] = blocks
  expect([after, more]).toEqual([expect.stringContaining('get /events/'), []])
  expect(prepare).toContain(key)

  expect(await shell.run(prepare ?? '')).toEqual([])
  expect(json((await shell.run(organization ?? ''))[0])).toMatchObject({ external_id: 'acme', currency: 'USD' })

  const [created, published] = (await shell.run(plan ?? '')).map(json)
  expect(created).toMatchObject({ key: 'gold', limits: { seats: 10 } })
  expect(published?.prices).toMatchObject([{ key: 'gold-monthly', amount: 4900, provider: 'sandbox' }])

  expect(await shell.run(pay ?? '')).toEqual(['303'])
  await settle(paidInvoices, [4900])

  const [subscription, seats, invoices] = (await shell.run(look ?? '')).map(json)
  expect(subscription).toMatchObject({ status: 'active', plan_key: 'gold', access: { allowed: true } })
  expect(seats).toMatchObject({ feature: 'seats', allowed: true, limit: 10 })
  expect(invoices?.data).toMatchObject([{ status: 'paid', total: 4900 }])

  await shell.run(advance ?? '')
  await settle(paidInvoices, [4900, 4900])

  const [renewed, events] = (await shell.run(after ?? '')).map(json)
  expect(renewed?.data).toHaveLength(2)
  const types = Object(events).data.map(({ type }: { type: string }) => type)
  expect(types).toEqual(expect.arrayContaining(['subscription.activated', 'subscription.renewed', 'invoice.paid']))
}, 120_000)
