// Reconciliation of a large account on a real, durable Postgres: `./scripts/node bench/reconcile.ts 100000`. README.md says how to read it.
import { performance } from 'node:perf_hooks'
import { migratePostgres, openPostgres } from '../packages/billhook/src/db/index.ts'
import { createTestBilling } from '../packages/billhook/src/testing/index.ts'
import { keepLargeAccount, LargeAccount } from '../packages/billhook/test/support/large-account.ts'
import { openServer, query } from './database.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const database = `billhook_bench_reconcile_${process.pid}`
const size = Number(process.argv[2] ?? 100_000)
const drifted = Math.ceil(size / 1000)
if (!Number.isInteger(size) || size < 1 || size > 9_999_999)
  throw new Error('Say how many subscriptions: 1 to 9999999.')

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const server = await openServer(false)
try {
  await query(server.url('postgres'), `create database ${database}`)
  const url = server.url(database)
  await migratePostgres(url)
  const made: { account?: LargeAccount } = {}
  const billing = await createTestBilling({
    database: await openPostgres({ url, logger: quiet }),
    providers: {
      sandbox: (host) => {
        made.account = new LargeAccount(host, { subscriptions: size, invoices: size })
        return made.account
      },
    },
  })
  if (!made.account) throw new Error('the account was not made')
  await keepLargeAccount(billing, made.account)
  await query(url, 'vacuum analyze')
  say(`${size} subscriptions with an invoice each, all kept here already; ${drifted} subscriptions made to differ`)
  await query(
    url,
    `update billhook.subscriptions set status = 'past_due', quantity = 7 where id in
      (select id from billhook.subscriptions order by md5(id) limit ${drifted})`,
  )
  for (const round of ['first run', 'second run']) {
    const begin = performance.now()
    let highest = 0
    const marks: string[] = []
    const done = await billing.reconcile({
      onProgress: ({ kind, done: count }) => {
        const { rss } = process.memoryUsage()
        highest = Math.max(highest, rss)
        if (count > 0 && count % Math.ceil(size / 5) < 100) marks.push(`${kind} ${count}: ${megabytes(rss)}`)
      },
    })
    const ms = performance.now() - begin
    say(`${round}: ${seconds(ms)}, ${Math.round((2 * size * 1000) / ms)} objects/s, RSS at most ${megabytes(highest)}`)
    for (const mark of marks) say(`  ${mark}`)
    say(
      `  read ${done.counts.subscriptions} + ${done.counts.invoices}, found ${done.found.total}, repaired ${done.found.resolutions.repaired}`,
    )
  }
  await billing.close()
  await query(server.url('postgres'), `drop database ${database} with (force)`)
} finally {
  await server.stop()
}
