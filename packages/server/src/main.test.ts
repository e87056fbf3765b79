import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const nowhere = 'postgres://nobody:very-secret@127.0.0.1:9/none'
const production = { NODE_ENV: 'production', DATABASE_URL: nowhere, BILLHOOK_API_KEY: 'bh_0123456789abcdef' }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billhook-main-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

interface Run {
  url: string
  output(): string
  stop(signal: NodeJS.Signals): Promise<number | null>
  exit: Promise<number | null>
}

async function run(args: string[], environment: Record<string, string>, cwd = directory): Promise<Run> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    BILLHOOK_URL: url,
    BILLHOOK_DATA_DIR: join(directory, 'data'),
    ...environment,
  }
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exit
  }
  return { url, output: () => output, exit, stop }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function ready({ url, output }: Run): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    try {
      if ((await fetch(`${url}/readyz`)).ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`not ready: ${output()}`)
}

describe('a start that is refused', () => {
  it.each([
    ['a wrong value', { PORT: 'many' }, /^PORT must be a number\.\n$/],
    ['a provider that is not configured', { PAYMENT_PROVIDER: 'acmepay' }, /^PAYMENT_PROVIDER names "acmepay".*\n$/],
    ['the sandbox under production', production, /^No payment provider is configured: .*BILLHOOK_ALLOW_SANDBOX=1.*\n$/],
    ['production without a database', { ...production, DATABASE_URL: '' }, /^DATABASE_URL is required.*\n$/],
    [
      'a database that does not answer',
      { ...production, BILLHOOK_ALLOW_SANDBOX: '1' },
      /^DATABASE_URL names a database that cannot be used: .*\n$/,
    ],
  ])('ends with exit code 1 and one sentence: %s', async (_, environment, sentence) => {
    const started = await run([], environment)
    expect(await started.exit).toBe(1)
    expect(started.output()).toMatch(sentence)
    expect(started.output()).not.toContain('very-secret')
  })

  it('says what is wrong with the configuration file', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'billhook-config-'))
    await writeFile(join(elsewhere, 'billhook.config.ts'), 'export default { providers: { acmepay: 5 } }')
    const started = await run([], {}, elsewhere)
    expect(await started.exit).toBe(1)
    expect(started.output()).toMatch(/^billhook\.config\.ts is wrong: providers\.acmepay: must be a function\.\n$/)
    await rm(elsewhere, { recursive: true })
  })
})

describe('a service that needs no configuration', () => {
  let service: Run
  beforeAll(async () => {
    service = await run([], {})
    await ready(service)
  }, 60_000)

  it('makes a platform key for its owner alone, and shows it', async () => {
    const { mode } = await stat(join(directory, 'data/platform-key'))
    expect(mode & 0o777).toBe(0o600)
    const key = /Platform key: +(\S+)/.exec(service.output())?.[1]
    const answered = await fetch(`${service.url}/api/v1/plans/`, { headers: { authorization: `Bearer ${key}` } })
    expect(answered.status).toBe(200)
  })

  it('signs a visitor of this machine in to the demonstration', async () => {
    const enter = () => fetch(`${service.url}/demo`, { redirect: 'manual' })
    let entered = await enter()
    for (let tries = 0; entered.status === 503 && tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      entered = await enter()
    }
    expect(entered.headers.get('location')).toMatch(/^\/portal\/enter\?token=/)
    const session = await fetch(service.url + entered.headers.get('location'), { redirect: 'manual' })
    expect(session.headers.get('location')).toBe('/portal/')
    expect(session.headers.get('set-cookie')).toMatch(/^billhook_portal=/)
  })

  it('leads from its address to the portal', async () => {
    const home = await fetch(`${service.url}/`, { redirect: 'manual' })
    expect([home.status, home.headers.get('location')]).toEqual([303, '/portal/'])
  })

  it('finishes what runs and ends well at SIGTERM', async () => {
    expect(await service.stop('SIGTERM')).toBe(0)
    expect(service.output()).toMatch(/stopped\s*$/)
  })
})

it('prints the OpenAPI document without a database', async () => {
  const started = await run(['openapi'], { DATABASE_URL: nowhere })
  expect(await started.exit).toBe(0)
  expect(JSON.parse(started.output())).toMatchObject({ openapi: '3.1.0' })
})
