import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createTestDatabase,
  describeWithPostgres,
  type TestDatabase,
} from '../../billhook/src/testing/postgres/index.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

describeWithPostgres('billhook plans push', () => {
  let database: TestDatabase
  let directory: string

  function push(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const env = {
      ...{ PATH: process.env.PATH, NODE_ENV: 'test', BILLHOOK_API_KEY: 'bh_0123456789abcdef' },
      ...{ PAYMENT_PROVIDER: 'sandbox', DATABASE_URL: database.url },
    }
    const child = spawn(process.execPath, [main, 'plans', 'push', ...args], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      ended.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      ended.err += chunk
    })
    return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })))
  }
  const declare = (catalog: string) =>
    writeFile(join(directory, 'billhook.config.ts'), `export default { catalog: ${catalog} }\n`)
  const declared = (amount: number, sso: boolean) =>
    declare(`{
      meters: [{ key: 'tokens', aggregation: 'sum' }],
      plans: [{ key: 'pro', name: 'Pro', features: { sso: ${sso} }, limits: { tokens: { limit: 1000, meter: 'tokens' } },
        prices: [{ key: 'pro-monthly', currency: 'EUR', amount: ${amount}, interval: 'month' }] }],
    }`)

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'billhook-plans-'))
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await database?.drop()
    await rm(directory, { recursive: true })
  })

  it('says what will change, asks before it changes anything, and changes nothing twice', async () => {
    await declared(2900, true)
    const created = [
      '+ meter tokens: sum',
      '+ plan pro "Pro"',
      '    + price pro-monthly: 2900 EUR (minor units) every month',
    ]
    expect(await push('--dry-run')).toMatchObject({ code: 2, out: [...created, 'Nothing was changed.', ''].join('\n') })
    // There is nobody at this terminal.
    expect(await push()).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
    expect(await push('--yes')).toMatchObject({ code: 0, out: expect.stringContaining('2 changes were made.') })
    expect(await push()).toMatchObject({ code: 0, out: 'Everything is as it is declared.\n' })
    await declared(3900, false)
    expect((await push('--yes')).out.split('\n').slice(0, 4)).toEqual([
      '~ plan pro',
      '    features.sso: true -> false',
      '+ price pro-monthly.v2: 3900 EUR (minor units) every month, of plan pro, in place of pro-monthly: who has that one keeps it',
      '    amount: 2900 -> 3900',
    ])
  }, 120_000)

  it('says in one sentence what is wrong with a declaration', async () => {
    await declare(`{ plans: [{ key: 'a', name: 'A', feature: {} }] }`)
    expect(await push()).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^billhook.config.ts is wrong: catalog.plans.0: .*feature/m),
    })
    await declare(`{ plans: [{ key: 'a', name: 'A', limits: { x: { limit: 1, meter: 'gone' } } }] }`)
    expect(await push()).toMatchObject({ code: 1, err: expect.stringContaining('There is no meter "gone"') })
  }, 120_000)
})
