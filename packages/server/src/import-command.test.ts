import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  createTestDatabase,
  describeWithPostgres,
  type TestDatabase,
} from '../../billhook/src/testing/postgres/index.ts'
import {
  addAwkwardRows,
  addGoodTeams,
  addPlans,
  type LegacyDatabase,
  openLegacyDatabase,
} from '../../billhook/test/support/legacy-database.ts'
import { openUsedAccount, type UsedAccount } from '../../billhook/test/support/stripe-account.ts'
import { readConfiguration } from './configuration.ts'
import { explainFailure } from './explain-failure.ts'
import { importCommand } from './import-command.ts'
import { openBilling } from './start.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'billhook-import-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

interface Ended {
  code: number | null
  /** What it reports. */
  out: string
  /** Progress, log lines, and the sentence of a failure. */
  err: string
}

function billhook(args: string[], environment: Record<string, string>, stopAt?: RegExp): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    BILLHOOK_API_KEY: 'bh_0123456789abcdef',
    ...environment,
  }
  const child = spawn(process.execPath, [main, 'import', ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let isStopped = false
  const ended: Ended = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    ended.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    ended.err += chunk
    if (!isStopped && stopAt?.test(ended.err)) isStopped = child.kill('SIGINT')
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })))
}

/** The same command in this process, for what is not about a process: its exit code is what the process would end with. */
async function imports(args: string[], environment: Record<string, string>): Promise<Ended> {
  const ended: Ended = { code: null, out: '', err: '' }
  const written = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    ended.err += text
    return true
  })
  const configuration = readConfiguration({
    NODE_ENV: 'production',
    BILLHOOK_API_KEY: 'bh_0123456789abcdef',
    ...environment,
  })
  const ignore = () => undefined
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const command = importCommand({
    open: () => openBilling({ configuration, logger, workingDirectory: directory }),
    print: (line) => {
      ended.out += `${line}\n`
    },
  })
  for (const each of [command, ...command.commands]) each.exitOverride()
  try {
    await command.parseAsync(args, { from: 'user' })
    ended.code = Number(process.exitCode ?? 0)
  } catch (error) {
    ended.code = 1
    if (!(error instanceof CommanderError)) ended.err += `${explainFailure(error) ?? `BUG: ${error}`}\n`
  } finally {
    process.exitCode = undefined
    written.mockRestore()
  }
  return ended
}

describeWithPostgres('billhook import stripe', () => {
  let database: TestDatabase
  let account: UsedAccount
  let environment: Record<string, string>
  beforeAll(async () => {
    database = await createTestDatabase()
    account = await openUsedAccount({ ourOrganization: 'none-of-ours' })
    environment = {
      DATABASE_URL: database.url,
      STRIPE_SECRET_KEY: account.emulator.apiKey,
      STRIPE_API_BASE: account.emulator.baseUrl,
    }
    await writeFile(
      join(directory, 'map.csv'),
      `external_customer_id,organization\r\n"${account.customers.named}","acme, inc"\r\n`,
    )
  })
  afterAll(async () => {
    await account?.emulator.stop()
    await database?.drop()
  })

  const inDirectory = (name: string) => join(directory, name)
  const args = () => [
    ...['stripe', '--organization-key', 'tenant', '--create-organizations'],
    ...['--report', inDirectory('report.json')],
  ]
  const report = async () => JSON.parse(await readFile(inDirectory('report.json'), 'utf8'))

  it('reports first: counts, every problem with its id and reason, and the same as JSON', async () => {
    const { code, out, err } = await billhook([...args(), '--dry-run'], environment)
    expect([code, err.replaceAll(/^\{.*\}\n/gm, '')]).toEqual([
      2,
      expect.stringMatching(/^prices 6, done\ncustomers \d+, done\n/),
    ])
    expect(out).toMatch(
      /^Dry run: nothing was changed\.\n {14} +read +to create +to link +left alone +left out\norganizations +\d+/,
    )
    expect(out).toContain(
      `  customers ${account.customers.unmapped}: unmapped_customer: Nothing says which organization it is.`,
    )
    expect(out).toContain(`  prices ${account.prices.once}: one_time_price: `)
    expect(await report()).toMatchObject({ dry_run: true, complete: true, counts: { plans: { created: 2 } } })
  })

  it('brings in what it said it would, and the second time nothing', async () => {
    const dry = await report()
    const first = await imports(args(), environment)
    expect(first.out).toMatch(/^The import is complete\.\n/)
    const real = await report()
    expect(real.counts).toEqual(dry.counts)
    expect(real.sums).toEqual(dry.sums)
    await imports(args(), environment)
    const again = await report()
    for (const [name, kind] of Object.entries(again.counts))
      expect({ name, ...Object(kind) }).toMatchObject({ created: 0 })
  })

  it('stops at Ctrl-C after the object at hand, says so, and goes on from there', async () => {
    const other = await createTestDatabase()
    const there = { ...environment, DATABASE_URL: other.url }
    const stopped = await billhook([...args(), '--page-size', '2'], there, /prices 6, done/)
    expect(stopped.code).toBe(130)
    expect(stopped.out).toMatch(/^The import was stopped\.\n/)
    expect(stopped.out).toMatch(/Run the same command again to go on\.\n$/)
    const rest = await imports([...args(), '--page-size', '2'], there)
    expect(rest.out).toMatch(/^The import is complete\.\nIt went on where an earlier run had stopped\.\n/)
    expect((await report()).counts.prices).toMatchObject({ read: 6 })
    await other.drop()
  })

  it.each([
    ['a map that is not there', ['--map', '/nowhere.csv'], /^\/nowhere\.csv cannot be read: .*\n$/],
    [
      'a map that is wrong',
      ['--map', './wrong.csv'],
      /^The customer map is wrong in line 2: it needs exactly two values\.\n$/,
    ],
    ['an account that is not configured', ['--provider', 'paypal'], /paypal/],
    ['a page size that is none', ['--page-size', 'many'], /It is a whole number from 1\./],
  ])('ends with exit code 1 and one sentence: %s', async (_, more, sentence) => {
    await writeFile(join(directory, 'wrong.csv'), 'external_customer_id,organization\ncus_1\n')
    const given = more.map((each) => (each === './wrong.csv' ? inDirectory('wrong.csv') : each))
    const { code, err } = await imports(['stripe', ...given], environment)
    expect([code, err.replaceAll(/^\{.*\}\n/gm, '')]).toEqual([1, expect.stringMatching(sentence)])
  })

  it('means the account of its own name: PayPal’s is asked for by its command alone', async () => {
    const { code, err } = await imports(['paypal', '--dry-run'], environment)
    expect([code, err.replaceAll(/^\{.*\}\n/gm, '')]).toEqual([1, expect.stringContaining('paypal')])
  })
})

describeWithPostgres('billhook import legacy', () => {
  let database: TestDatabase
  let legacy: LegacyDatabase
  let environment: Record<string, string>
  beforeAll(async () => {
    database = await createTestDatabase()
    legacy = await openLegacyDatabase('decimal')
    await addPlans(legacy, { scale: 1 })
    await addGoodTeams(legacy, 4, { scale: 1 })
    await addAwkwardRows(legacy)
    environment = {
      DATABASE_URL: database.url,
      STRIPE_SECRET_KEY: 'sk_test_nobody',
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    }
    await writeFile(join(directory, 'mapping.json'), JSON.stringify({ defaults: { currency: 'EUR' } }))
  })
  afterAll(async () => {
    await legacy?.close()
    await database?.drop()
  })

  it('reports every row that does not fit, then brings the others in', async () => {
    const args = [
      'legacy',
      '--from',
      legacy.url,
      '--mapping',
      join(directory, 'mapping.json'),
      '--create-organizations',
    ]
    const dry = await billhook([...args, '--dry-run'], environment)
    expect(dry.code).toBe(2)
    expect(dry.out).toContain(
      '  billing_subscription 504: period_reversed: current_period_start is not before current_period_end.',
    )
    const real = await imports(args, environment)
    expect(real.out.split('\n').slice(2)).toEqual(dry.out.split('\n').slice(2))
    const again = await imports(args, environment)
    expect(again.out).toMatch(/\nsubscriptions +\d+ +0 +0 +\d+ +\d+\n/)
  })

  it('ends with exit code 1 and one sentence for a database that does not answer, without its password', async () => {
    const { code, err } = await billhook(['legacy', '--from', 'postgres://me:very-secret@127.0.0.1:9/old'], environment)
    expect(code).toBe(1)
    expect(err).toMatch(/^The old database cannot be read: .*\.\n$/m)
    expect(err).not.toContain('very-secret')
  })
})
