import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runService, type ServiceRun, startService } from '../test/run-service.ts'

const nowhere = 'postgres://nobody:very-secret@127.0.0.1:9/none'
const production = { NODE_ENV: 'production', DATABASE_URL: nowhere, BILLHOOK_API_KEY: 'bh_0123456789abcdef' }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billhook-main-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

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
    const started = await runService({ environment, directory })
    expect(await started.exit).toBe(1)
    expect(started.output()).toMatch(sentence)
    expect(started.output()).not.toContain('very-secret')
  })

  it('says what is wrong with the configuration file', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'billhook-config-'))
    await writeFile(join(elsewhere, 'billhook.config.ts'), 'export default { providers: { acmepay: 5 } }')
    const started = await runService({ directory: elsewhere })
    expect(await started.exit).toBe(1)
    expect(started.output()).toMatch(/^billhook\.config\.ts is wrong: providers\.acmepay: must be a function\.\n$/)
    await rm(elsewhere, { recursive: true })
  })
})

describe('a service that needs no configuration', () => {
  let service: ServiceRun
  beforeAll(async () => {
    service = await startService({ directory })
  }, 240_000)

  it('makes a platform key for its owner alone, and shows it', async () => {
    const { mode } = await stat(join(directory, 'data/platform-key'))
    expect(mode & 0o777).toBe(0o600)
    const key = /Platform key: +(\S+)/.exec(service.output())?.[1]
    const answered = await fetch(`${service.url}/api/v1/plans/`, { headers: { authorization: `Bearer ${key}` } })
    expect(answered.status).toBe(200)
  })

  it('signs a visitor of this machine in to the demonstration', async () => {
    const entered = await fetch(`${service.url}/demo`, { redirect: 'manual' })
    expect(entered.headers.get('location')).toMatch(/^\/portal\/enter\?token=/)
    const session = await fetch(service.url + entered.headers.get('location'), { redirect: 'manual' })
    expect(session.headers.get('location')).toBe('/portal/')
    expect(session.headers.get('set-cookie')).toMatch(/^billhook_portal=/)
  })

  it('prints its address and a sign-in link; the address leads a newcomer to the same place', async () => {
    expect(service.output()).toContain(`Billhook runs at ${service.url}\n`)
    const link = /Sign in: +(\S+)/.exec(service.output())?.[1]
    const home = await fetch(`${service.url}/`, { redirect: 'manual' })
    expect([home.status, service.url + home.headers.get('location')]).toEqual([303, link])
  })

  it('finishes what runs and ends well at SIGTERM', async () => {
    expect(await service.stop('SIGTERM')).toBe(0)
    expect(service.output()).toMatch(/stopped\s*$/)
  })
})

it('prints the OpenAPI document without a database', async () => {
  const started = await runService({ args: ['openapi'], environment: { DATABASE_URL: nowhere }, directory })
  expect(await started.exit).toBe(0)
  expect(JSON.parse(started.output())).toMatchObject({ openapi: '3.1.0' })
})
