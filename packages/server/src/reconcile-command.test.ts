import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPostgres } from '../../billhook/src/db/index.ts'
import {
  createTestDatabase,
  describeWithPostgres,
  type TestDatabase,
} from '../../billhook/src/testing/postgres/index.ts'
import { openShop, selectRows } from '../../billhook/test/support/sandbox-shop.ts'
import { silentLogger } from '../../billhook/test/support/silent-logger.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

describeWithPostgres('billhook reconcile', () => {
  let database: TestDatabase
  let directory: string
  let externalId: string

  function billhook(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      BILLHOOK_API_KEY: 'bh_0123456789abcdef',
      PAYMENT_PROVIDER: 'sandbox',
      DATABASE_URL: database.url,
    }
    const child = spawn(process.execPath, [main, 'reconcile', ...args], { cwd: directory, env, stdio: 'pipe' })
    const ended = { out: '', err: '' }
    child.stdout.on('data', (chunk) => {
      ended.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      ended.err += chunk
    })
    return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })))
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'billhook-reconcile-'))
    database = await createTestDatabase()
    const shop = await openShop({ database: await openPostgres({ url: database.url, logger: silentLogger }) })
    externalId = (await shop.subscribe()).bindings[0]?.externalSubscriptionId ?? ''
    await selectRows(shop.billing, 'update billhook.subscriptions set quantity = 9 returning id')
    await shop.close()
  })
  afterAll(async () => {
    await database?.drop()
    await rm(directory, { recursive: true })
  })

  it('says what differs and ends with 2 while it is a dry run, repairs it, and then finds nothing', async () => {
    const report = join(directory, 'report.json')
    const dry = await billhook('--dry-run', '--report', report)
    expect(dry).toMatchObject({ code: 2 })
    expect(dry.out).toBe(
      [
        'sandbox: compared, nothing was changed',
        '  read 1 subscriptions, 1 invoices, 0 refunds and 0 disputes',
        '  1 to repair:',
        `    critical subscription ${externalId}: differs, quantity: 9 here, 1 there`,
        '  Nothing was changed: without --dry-run it is repaired.',
        '',
      ].join('\n'),
    )
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject([
      { run: { provider: 'sandbox', dryRun: true }, differences: [{ field: 'quantity', ours: 9, theirs: 1 }] },
    ])
    const real = await billhook('--provider', 'sandbox', '--organization', 'acme')
    expect(real).toMatchObject({ code: 0, out: expect.stringContaining('1 repaired:') })
    const again = await billhook()
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('no differences') })
  }, 60_000)

  it('says in one sentence what it cannot do', async () => {
    const unknown = await billhook('--organization', 'nobody')
    expect(unknown).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^There is no such organization\.\n$/m),
    })
  }, 60_000)
})
