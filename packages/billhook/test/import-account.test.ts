import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inOrganization } from '../src/db/index.ts'
import { type ImportAccountInput, type ImportReport, importAccount } from '../src/domain/imports/index.ts'
import { stripeProvider } from '../src/providers/stripe/index.ts'
import { createTestBilling, type TestBilling } from '../src/testing/index.ts'
import { openUsedAccount, tenantName, type UsedAccount } from './support/stripe-account.ts'

const secret = 'whsec_import'
let account: UsedAccount
let billing: TestBilling
/** Organizations by external id. */
const organizations: Record<string, string> = {}
let stripeNow: Date
let requestsBefore: number

const wish = (): ImportAccountInput => ({
  organizationKey: 'tenant',
  customerMap: new Map([
    [account.customers.deletedNamed, 'tenant-23-old'],
    [account.customers.named, organizations['csv-tenant'] ?? ''],
    ['cus_of_nobody', 'csv-tenant'],
  ]),
  pageSize: 7,
})

const addOrganization = async (externalId: string) => {
  const { id } = await billing.createOrganization({
    externalId,
    name: externalId,
    email: 'billing@example.test',
    country: 'DE',
    currency: 'EUR',
    timezone: 'Europe/Berlin',
  })
  organizations[externalId] = id
  return id
}

/** What a platform's table holds, as text that is equal only when every row is. */
const tables = ['organizations', 'plans', 'prices', 'provider_prices', 'customers', 'subscriptions', 'bindings']
const tenantTables = ['subscription_items', 'subscription_periods', 'invoices', 'invoice_lines', 'payments']
const others = ['payment_allocations', 'external_refs', 'billing_events', 'alerts', 'operations', 'provider_state']

async function digest(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const table of [...tables, ...tenantTables, ...others]) {
    const { rows } = (await billing.ctx.db.drizzle.execute(
      sql.raw(
        `select count(*)::text || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as all from billhook.${table} t`,
      ),
    )) as unknown as { rows: Array<{ all: string }> }
    found[table] = rows[0]?.all ?? ''
  }
  return found
}

const rowsOf = (result: unknown) => (result as { rows: Array<Record<string, unknown>> }).rows
/** As the owner of the tables, over all organizations. */
const allRows = (query: string) => billing.ctx.db.drizzle.execute(sql.raw(query)).then(rowsOf)
const rows = (organization: string, query: string) =>
  inOrganization(billing.ctx.db, organization, async ({ tx }) => rowsOf(await tx.execute(sql.raw(query))))
const codes = (report: ImportReport, kind: string) =>
  report.problems
    .filter((problem) => problem.kind === kind)
    .map(({ id, code }) => `${id} ${code}`)
    .sort()

beforeAll(async () => {
  // The account names an organization of ours, so that one is made before anything else knows of it.
  stripeNow = new Date('2026-01-01T00:00:00Z')
  billing = await createTestBilling({ at: stripeNow.toISOString() })
  const ours = await addOrganization('ours')
  account = await openUsedAccount({ ourOrganization: ours })
  stripeNow = account.emulator.clock.now()
  requestsBefore = account.emulator.requests.length
  const { emulator } = account
  const make = stripeProvider(
    { secretKey: emulator.apiKey, webhookSecrets: [secret], apiBase: emulator.baseUrl, maxNetworkRetries: 0 },
    { sleep: async () => undefined, random: () => 0.5 },
  )
  billing = await createTestBilling({
    at: stripeNow.toISOString(),
    database: billing.ctx.db,
    providers: { stripe: make },
    defaultProvider: 'stripe',
  })
  for (let index = 0; index < 24; index++) await addOrganization(tenantName(index))
  await addOrganization('csv-tenant')
  await addOrganization('tenant-23-old')
})
afterAll(async () => {
  await billing?.close()
  await account?.emulator.stop()
})

describe('moving a Stripe account in', () => {
  let dry: ImportReport
  let real: ImportReport

  it('says beforehand what would come in and what would not, and changes nothing', async () => {
    const before = await digest()
    dry = await importAccount(billing.ctx, { ...wish(), dryRun: true })
    expect(await digest()).toEqual(before)
    expect(dry).toMatchObject({ dry_run: true, complete: true, resumed: false })
  })

  it('goes on where it was stopped, and after a crash, to the end it would have had', async () => {
    const stopped = new AbortController()
    let seen = 0
    const first = await importAccount(billing.ctx, {
      ...wish(),
      signal: stopped.signal,
      onProgress: () => {
        seen += 1
        if (seen === 20) stopped.abort()
      },
    })
    expect(first).toMatchObject({ complete: false, resumed: false })
    const crash = ({ kind, done }: { kind: string; done: number }) => {
      if (kind === 'invoices' && done === 11) throw new Error('the power went')
    }
    await expect(importAccount(billing.ctx, { ...wish(), onProgress: crash })).rejects.toThrow('the power went')
    real = await importAccount(billing.ctx, wish())
    expect(real).toMatchObject({ complete: true, resumed: true })
  })

  it('does what the dry run said, and names every object that stays outside', () => {
    for (const report of [dry, real]) {
      expect(codes(report, 'prices')).toEqual(
        [`${account.prices.fraction} unsupported_price`, `${account.prices.once} one_time_price`].sort(),
      )
      expect(codes(report, 'customers').filter((line) => !line.endsWith('second_customer'))).toEqual(
        [
          `${account.customers.unmapped} unmapped_customer`,
          `${account.customers.foreign} unknown_organization`,
          `${account.customers.contradicting} conflicting_mapping`,
          `${account.customers.deletedUnknown} deleted_customer`,
          'cus_of_nobody resource_missing',
        ].sort(),
      )
    }
    expect(codes(real, 'subscriptions')).toEqual(codes(dry, 'subscriptions'))
    expect(codes(real, 'invoices')).toEqual(codes(dry, 'invoices'))
  })

  it('holds the same subscriptions and invoices as Stripe, to the minor unit, under the old names too', async () => {
    const { state } = account.emulator
    const outside = new Set(real.problems.flatMap(({ id, code }) => (code.startsWith('second_') ? [] : [id])))
    const kept = ({ customer, id }: { customer: string; id: string }) => !outside.has(customer) && !outside.has(id)
    const subscriptions = [...state.subscriptions.values()].filter(({ id }) => !outside.has(id))
    expect(subscriptions.filter(({ status }) => status === 'canceled').length).toBeGreaterThan(3)
    expect(subscriptions.filter(({ status }) => status === 'past_due').length).toBeGreaterThan(1)
    const ours = await allRows(`select b.stripe_subscription_id as id, s.status, c.stripe_customer_id as customer,
        extract(epoch from s.current_period_end)::int as ends from billhook.bindings b
        join billhook.subscriptions s on s.id = b.subscription_id join billhook.customers c on c.id = b.customer_id order by 1`)
    expect(ours).toEqual(
      subscriptions
        .map(({ id, status, customer, items }) => ({ id, status, customer, ends: items.data[0]?.current_period_end }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    )
    const invoices = [...state.invoices.values()].filter((invoice) =>
      kept({ customer: invoice.customer, id: invoice.id }),
    )
    expect(invoices.length).toBeGreaterThan(50)
    const found =
      await allRows(`select stripe_invoice_id as id, lower(currency) as currency, total::int, amount_paid::int as paid, status
      from billhook.invoices order by 1`)
    expect(found).toEqual(
      invoices
        .map(({ id, currency, total, amount_paid: paid, status }) => ({ id, currency, total, paid, status }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    )
    expect(real.counts.invoices.created + real.counts.invoices.left_alone).toBe(found.length)
  })

  it('keeps a second live subscription beside the first and never cancels it, however often its events come', async () => {
    expect(codes(real, 'subscriptions').filter((line) => line.endsWith('second_live_subscription'))).toHaveLength(1)
    await billing.runJobs()
    expect(account.emulator.requests.slice(requestsBefore).filter(({ method }) => method !== 'GET')).toEqual([])
    expect(await allRows(`select 1 from billhook.alerts where kind = 'duplicate_subscription'`)).toEqual([])
  })

  it('makes one plan a product and keeps what its owner called the prices', async () => {
    const found =
      await allRows(`select l.name, l.product_line, p.key, p.currency, p.amount::int, p.archived_at is null as sold
      from billhook.prices p join billhook.plans l on l.id = p.plan_id join billhook.provider_prices pp on pp.price_id = p.id order by p.amount`)
    expect(found).toEqual([
      { name: 'Lite', product_line: 'lite', key: account.prices.archived, currency: 'EUR', amount: 100, sold: false },
      { name: 'Pro — für Teams', product_line: 'main', key: 'pro-monthly', currency: 'EUR', amount: 4900, sold: true },
      {
        name: 'Pro — für Teams',
        product_line: 'main',
        key: account.prices.yen,
        currency: 'JPY',
        amount: 6000,
        sold: true,
      },
      {
        name: 'Pro — für Teams',
        product_line: 'main',
        key: account.prices.yearly,
        currency: 'EUR',
        amount: 49_000,
        sold: true,
      },
    ])
  })

  it('uses the customer that pays where an organization has several, and keeps deleted ones for their history', async () => {
    const customersOf = (organization: string) =>
      rows(
        organizations[organization] ?? '',
        `select stripe_customer_id as id, deleted_at is null as used from billhook.customers order by 1`,
      )
    expect(await customersOf('tenant-03')).toEqual([
      { id: account.tenants[2], used: true },
      { id: account.customers.spare, used: false },
    ])
    expect(await customersOf('tenant-23-old')).toEqual([{ id: account.customers.deletedNamed, used: false }])
    expect(await rows(organizations['tenant-23-old'] ?? '', 'select status from billhook.subscriptions')).toEqual([
      { status: 'canceled' },
    ])
  })

  it('changes nothing and tells nothing when it is done again', async () => {
    const before = await digest()
    const again = await importAccount(billing.ctx, wish())
    expect(await digest()).toEqual(before)
    for (const counts of Object.values(again.counts)) expect(counts).toMatchObject({ created: 0, linked: 0 })
    expect(again).toMatchObject({ complete: true, resumed: false, sums: {} })
  })

  it('told every fact once, as one that came in with existing data', async () => {
    const told = await allRows(`select source, count(*)::int as count from billhook.billing_events group by 1`)
    expect(told).toEqual([{ source: 'import', count: expect.any(Number) }])
    const twice = await allRows(`select object_id, type from billhook.billing_events
      where type in ('subscription.created', 'invoice.created', 'invoice.paid', 'customer.created') group by 1, 2 having count(*) > 1`)
    expect(twice).toEqual([])
  })

  it('goes on with webhooks as if it had always been there', async () => {
    const tenant = organizations['tenant-03'] ?? ''
    const [before] = await rows(tenant, 'select current_period_end from billhook.subscriptions')
    account.emulator.clock.advance(31 * 86_400_000)
    billing.clock.set(account.emulator.clock.now())
    const signedAt = Math.floor(billing.clock.now().getTime() / 1000)
    for (const { body, headers } of account.emulator.signed({ secret, signedAt })) {
      const request = new Request(`${billing.baseUrl}/api/v1/billing/webhooks/stripe/`, {
        method: 'POST',
        body,
        headers,
      })
      expect((await billing.handler(request)).status).toBe(200)
    }
    await billing.runJobs()
    const [after] = await rows(tenant, 'select status, current_period_end from billhook.subscriptions')
    expect(after?.status).toBe('active')
    expect(String(after?.current_period_end)).not.toBe(String(before?.current_period_end))
    const [sub] = [...account.emulator.state.subscriptions.values()].filter(
      ({ customer }) => customer === account.tenants[2],
    )
    expect(new Date(String(after?.current_period_end)).getTime() / 1000).toBe(sub?.items.data[0]?.current_period_end)
    const told = await rows(
      tenant,
      `select distinct type from billhook.billing_events where source = 'webhook' order by 1`,
    )
    expect(told.map(({ type }) => type)).toEqual(expect.arrayContaining(['invoice.paid', 'subscription.renewed']))
    expect(
      await allRows(
        `select distinct left(reason, 14) as reason from billhook.webhook_events where status in ('failed', 'dead')`,
      ),
    ).toEqual([{ reason: 'unmapped_price' }])
    // A second live subscription has renewed as well, and is nobody's duplicate to cancel.
    expect(account.emulator.requests.slice(requestsBefore).filter(({ method }) => method !== 'GET')).toEqual([])
    expect(await allRows(`select kind from billhook.alerts where kind like '%subscription%'`)).toEqual([
      { kind: 'second_live_subscription' },
    ])
  })
})
