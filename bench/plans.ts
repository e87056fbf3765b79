// `./scripts/node bench/plans.ts`: how Postgres runs the inbox's statements on a small and on a large one. docs/operations.md has what came of it.
import { createBilling } from '../packages/billhook/src/billing.ts'
import type { Context } from '../packages/billhook/src/context.ts'
import { asPlatform } from '../packages/billhook/src/db/index.ts'
import { migratePostgres } from '../packages/billhook/src/db/migrate.ts'
import { listBillingEvents, listWebhookDeliveries } from '../packages/billhook/src/outbox/index.ts'
import { claimDue } from '../packages/billhook/src/outbox/sending-store.ts'
import { sandboxProvider } from '../packages/billhook/src/providers/sandbox/index.ts'
import { lockReplayable, type WebhookEventFilter } from '../packages/billhook/src/webhooks/admin-store.ts'
import type { NewWebhookEvent } from '../packages/billhook/src/webhooks/arrival.ts'
import {
  claimDueEvents,
  concludeEvent,
  insertingEvents,
  standingsQuestion,
} from '../packages/billhook/src/webhooks/inbox.ts'
import { listWebhookEvents } from '../packages/billhook/src/webhooks/index.ts'
import { prunePayloads } from '../packages/billhook/src/webhooks/prune-payloads.ts'
import { openServer, query } from './database.ts'
import { type Explained, openExplained } from './explain.ts'
import { endpointId, fillInbox } from './fill-inbox.ts'
import { median, table } from './table.ts'

const sizes = (process.argv[2] ?? '30000,1000000').split(',').map(Number)
const times = 12
const batch = 32
const say = (line: string): void => void process.stdout.write(`${line}\n`)

type Statement = (ctx: Context, n: number) => Promise<unknown>

const dayMs = 86_400_000
const ago = (days: number): Date => new Date(Date.now() - days * dayMs)
const list =
  (filter: WebhookEventFilter): Statement =>
  (ctx) =>
    listWebhookEvents(ctx, filter)
const deliveriesOf = { organizationId: null, endpointId }
const organization = 'bhorg_019a0000000070008000000000000007'

const newEvents = (ctx: Context, n: number): NewWebhookEvent[] =>
  Array.from({ length: batch }, (_, at) => ({
    ...{ id: ctx.ids.next('webhookEvent'), organizationId: organization, provider: 'stripe', providerKind: 'stripe' },
    ...{ dedupeKey: `evt_new_${n}_${at}`, lineKey: `cus_new_${at}`, type: 'invoice.paid', occurredAt: ctx.clock.now() },
    ...{
      payloadVersion: '2026-10-28.endive',
      mode: 'live' as const,
      payload: 'x'.repeat(1_500),
      status: 'processed' as const,
    },
    ...{ reason: null, attempts: 1, dueAt: ctx.clock.now(), receivedAt: ctx.clock.now(), processedAt: ctx.clock.now() },
  }))

/** What was put in each time. */
const stored: string[][] = []

/** What is asked of the inbox and the outbox again and again, through the library's own functions. */
const statements: Record<string, Statement> = {
  'door: insert with dedupe (32)': (ctx, n) => {
    const rows = newEvents(ctx, n)
    stored[n] = rows.map(({ id }) => id ?? '')
    return asPlatform(ctx.db, ({ tx }) => tx.execute(insertingEvents(rows)))
  },
  'applier: are they open, are their lines busy (32)': (ctx, n) =>
    ctx.db.transaction([standingsQuestion(stored[n] ?? [])], async () => {}),
  'worker: claim due (8)': (ctx) =>
    asPlatform(ctx.db, (scope) =>
      claimDueEvents(scope, { now: new Date(), leaseUntil: new Date(Date.now() + 60_000), limit: 8 }),
    ),
  'worker: conclude': (ctx) =>
    asPlatform(ctx.db, async (scope) => {
      const [event] = await claimDueEvents(scope, { now: new Date(), leaseUntil: new Date(), limit: 1 })
      await concludeEvent(scope, event?.id ?? '', { status: 'processed', reason: null, processedAt: new Date() })
    }),
  'list: all': list({}),
  'list: dead': list({ status: 'dead' }),
  'list: dead, of a type that has none': list({ status: 'dead', type: 'none' }),
  'list: failed': list({ status: 'failed' }),
  'list: ignored': list({ status: 'ignored' }),
  'list: processed': list({ status: 'processed' }),
  'list: one organization': list({ organizationId: organization }),
  'list: one organization, dead': list({ organizationId: organization, status: 'dead' }),
  'list: a week, 100 days ago': list({ receivedAfter: ago(107), receivedBefore: ago(100) }),
  'list: a common type': list({ type: 'invoice.paid' }),
  'list: a rare type': list({ type: 'charge.dispute.created' }),
  'list: a type that has none': list({ type: 'none' }),
  'list: by the id of the provider': (ctx) => listWebhookEvents(ctx, { dedupeKey: 'evt_none' }),
  'list: a provider that has none': list({ provider: 'none' }),
  'replay: the oldest dead (100)': (ctx) =>
    asPlatform(ctx.db, (scope) => lockReplayable(scope, { status: 'dead' }, 101)),
  'prune (1000)': prunePayloads,
  'events: of an organization': (ctx) => listBillingEvents(ctx, { organizationId: organization }),
  'events: of an object': (ctx) => listBillingEvents(ctx, { organizationId: organization, objectId: 'object 7' }),
  'events: of all, a rare type': (ctx) => listBillingEvents(ctx, { organizationId: null, type: 'dispute.opened' }),
  'events: of all, a type that has none': (ctx) => listBillingEvents(ctx, { organizationId: null, type: 'none' }),
  'deliveries: of an endpoint': (ctx) => listWebhookDeliveries(ctx, deliveriesOf),
  'deliveries: of an endpoint, dead': (ctx) => listWebhookDeliveries(ctx, { ...deliveriesOf, status: 'dead' }),
  'deliveries: claim due': (ctx) =>
    asPlatform(ctx.db, (scope) =>
      claimDue(scope, {
        now: new Date(),
        leaseUntil: new Date(Date.now() + 60_000),
        busy: {},
        perEndpoint: 4,
        limit: 100,
      }),
    ),
  'events: of all': (ctx) => listBillingEvents(ctx, { organizationId: null }),
}

interface Measured {
  ms: number
  last: Explained | undefined
}

async function measure(url: string): Promise<Map<string, Measured>> {
  const { database, take } = await openExplained(url)
  const billing = await createBilling({
    database,
    baseUrl: 'http://127.0.0.1',
    providers: { sandbox: sandboxProvider() },
  })
  const measured = new Map<string, Measured>()
  for (const [name, run] of Object.entries(statements)) {
    const seen: Explained[] = []
    for (let n = 0; n < times; n++) {
      take()
      await run(billing.ctx, n)
      // The last one is the statement; what came before it found out what it is about.
      seen.push(
        ...take()
          .filter(({ text }) => /_events/.test(text))
          .slice(-1),
      )
    }
    measured.set(name, { ms: median(seen.slice(2).map(({ ms }) => ms)), last: seen.at(-1) })
  }
  await database.close()
  return measured
}

const indexText = `select c.relname as name, s.idx_scan::int as scans, pg_size_pretty(pg_relation_size(c.oid)) as size
  from pg_stat_user_indexes s join pg_class c on c.oid = s.indexrelid where s.relname in ('webhook_events', 'billing_events', 'deliveries') order by s.relname, c.relname`

const tableText = `select relname as name, pg_size_pretty(pg_table_size(relid)) as size from pg_stat_user_tables
  where relname in ('webhook_events', 'billing_events', 'deliveries') order by relname`

const server = await openServer(false)
try {
  const results: Array<Map<string, Measured>> = []
  for (const size of sizes) {
    const name = `billhook_plans_${process.pid}_${size}`
    await query(server.url('postgres'), `create database ${name}`)
    const url = server.url(name)
    await migratePostgres(url)
    await fillInbox(url, size)
    say(`${size} events are there`)
    results.push(await measure(url))
    const used = await query<{ name: string; scans: number; size: string }>(url, indexText)
    say(table([['index', 'scans', 'size'], ...used.map((row) => [row.name, String(row.scans), row.size])]))
    const tables = await query<{ name: string; size: string }>(url, tableText)
    say(table([['table', 'size'], ...tables.map((row) => [row.name, row.size])]))
    await query(server.url('postgres'), `drop database ${name}`)
  }
  const heads = sizes.flatMap((size) => [`ms at ${size}`, 'buffers'])
  const rows = Object.keys(statements).map((name) => [
    name,
    ...results.flatMap((result) => {
      const { ms = 0, last } = result.get(name) ?? {}
      return [ms.toFixed(2), String(last?.buffers ?? '-')]
    }),
    (results.at(-1)?.get(name)?.last?.nodes ?? []).join(', '),
  ])
  say(`\n${table([['statement', ...heads, 'how, at the largest'], ...rows])}`)
} finally {
  await server.stop()
}
