import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPostgres } from '../src/db/index.ts'
import { type ImportLegacyInput, importLegacy } from '../src/legacy/import-legacy.ts'
import { type StripeOptions, stripeProvider } from '../src/providers/stripe/index.ts'
import { createTestBilling, type TestBilling } from '../src/testing/index.ts'
import { createTestDatabase, describeWithPostgres } from '../src/testing/postgres/index.ts'
import { openTestAccount, type TestAccount } from '../src/testing/stripe-emulator/test-account.ts'
import {
  addAwkwardRows,
  addGoodTeams,
  addPlans,
  type LegacyDatabase,
  openLegacyDatabase,
} from './support/legacy-database.ts'

const goodTeams = 30
const at = '2026-02-20T00:00:00Z'
const secret = 'whsec_legacy'
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const defaults = { currency: 'EUR', country: 'NL' }

interface Installation {
  billing: TestBilling
  rows(query: string): Promise<Array<Record<string, unknown>>>
  digest(): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** An account that nobody answers for, unless one is given: nothing here may need it. */
async function openInstallation(stripe: Partial<StripeOptions> = {}): Promise<Installation> {
  const database = await createTestDatabase()
  const db = await openPostgres({ url: database.url, logger: quiet })
  const make = stripeProvider({
    secretKey: 'sk_test_nobody',
    apiBase: 'http://127.0.0.1:9',
    webhookSecrets: [secret],
    maxNetworkRetries: 0,
    ...stripe,
  })
  const billing = await createTestBilling({ at, database: db, providers: { stripe: make }, defaultProvider: 'stripe' })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const rows = async (query: string) => (await client.query<Record<string, unknown>>(query)).rows
  return {
    billing,
    rows,
    digest: () => digestOf(rows),
    close: async () => {
      await client.end()
      await billing.close()
      await database.drop()
    },
  }
}

async function digestOf(rows: Installation['rows']): Promise<Record<string, unknown>> {
  const tables = await rows(
    `select table_name as name from information_schema.tables where table_schema = 'billhook' and table_type = 'BASE TABLE'`,
  )
  const found: Record<string, unknown> = {}
  for (const { name } of tables) {
    const [row] = await rows(
      `select count(*)::int as count, md5(string_agg(t::text, '|' order by t::text)) as rows from billhook.${name} t`,
    )
    found[String(name)] = row
  }
  return found
}

/** What is the same in two installations: everything but our own ids and the moments of writing. */
async function portrait({ rows }: Installation): Promise<unknown[]> {
  const queries = [
    'select external_id, name, email, country, currency from billhook.organizations order by 1',
    'select slug, name, amount, currency, interval, features, limits, stripe_price_id, stripe_product_id, is_active from billhook_legacy.billing_plan order by 1',
    `select s.stripe_subscription_id, s.stripe_customer_id, s.status, s.current_period_end, o.external_id from billhook_legacy.billing_subscription s
        join billhook.organizations o on o.id = s.organization_id order by 1`,
    'select stripe_invoice_id, stripe_payment_intent_id, status, currency, amount_due, amount_paid from billhook_legacy.billing_invoice order by 1',
    'select type, source, count(*) from billhook.billing_events group by 1, 2 order by 1, 2',
  ]
  const found: unknown[] = []
  for (const query of queries) found.push(await rows(query))
  return found
}

describeWithPostgres('adopting the tables of a Stripe-only application', () => {
  let legacy: LegacyDatabase
  let target: Installation
  let awkward: string[]
  const input = (more: Partial<ImportLegacyInput> = {}): ImportLegacyInput => ({
    from: legacy.url,
    mapping: { defaults },
    createOrganizations: true,
    ...more,
  })
  beforeAll(async () => {
    legacy = await openLegacyDatabase('decimal')
    await addPlans(legacy, { scale: 1 })
    await addGoodTeams(legacy, goodTeams, { scale: 1 })
    awkward = await addAwkwardRows(legacy)
    target = await openInstallation()
  })
  afterAll(async () => {
    await target?.close()
    await legacy?.close()
  })

  const problemsOf = (report: { problems: Array<{ kind: string; id: string; code: string }> }) =>
    report.problems.map(({ kind, id, code }) => `${kind} ${id} ${code}`).sort()

  it('names every row that does not fit, by table, primary key and reason, before anything is written', async () => {
    const before = await target.digest()
    const report = await importLegacy(target.billing.ctx, input({ dryRun: true }))
    expect(problemsOf(report)).toEqual(awkward)
    expect(await target.digest()).toEqual(before)
    expect(report.counts).toMatchObject({ plans: { created: 3 }, prices: { created: 3, left_out: 4 } })
  })

  it('comes to the same end when it is stopped in the middle and done again', async () => {
    const crashed = await openInstallation()
    const crash = ({ done }: { done: number }) => {
      if (done === 11) throw new Error('the power went')
    }
    await expect(importLegacy(crashed.billing.ctx, input({ onProgress: crash }))).rejects.toThrow('the power went')
    const [half] = await crashed.rows('select count(*)::int as count from billhook.organizations')
    expect(half?.count).toBe(11)
    await importLegacy(crashed.billing.ctx, input())
    const report = await importLegacy(target.billing.ctx, input())
    expect(problemsOf(report)).toEqual(awkward)
    expect(await portrait(crashed)).toEqual(await portrait(target))
    await crashed.close()
  })

  it('shows the good rows under their old names, unchanged, and their sums to the minor unit', async () => {
    const bad = (table: string) =>
      awkward.filter((line) => line.startsWith(`${table} `)).map((line) => line.split(' ')[1] ?? '')
    const subscriptions = await legacy.query(
      `select s.stripe_subscription_id, s.stripe_customer_id, replace(lower(s.status), 'cancelled', 'canceled') as status, p.stripe_price_id,
        s.current_period_start, s.current_period_end, s.canceled_at, s.trial_end from billing_subscription s left join billing_plan p on p.id = s.plan_id
        where s.id::text <> all($1) order by 1`,
      [bad('billing_subscription')],
    )
    expect(subscriptions).toHaveLength(goodTeams + 2)
    const ours =
      await target.rows(`select s.stripe_subscription_id, s.stripe_customer_id, s.status, p.stripe_price_id, s.current_period_start,
      s.current_period_end, case when s.status = 'canceled' then s.canceled_at end as canceled_at, s.trial_end from billhook_legacy.billing_subscription s
      join billhook_legacy.billing_plan p on p.id = s.plan_id order by 1`)
    expect(ours).toEqual(subscriptions)
    const sums = await legacy.query(
      `select upper(currency) as currency, count(*)::int as count, (sum(amount_due) * case upper(currency) when 'JPY' then 1 else 100 end)::bigint::text as due,
        (sum(amount_paid) * case upper(currency) when 'JPY' then 1 else 100 end)::bigint::text as paid
        from billing_invoice where id::text <> all($1) group by 1 order by 1`,
      [bad('billing_invoice')],
    )
    expect(sums.map(({ currency }) => currency)).toEqual(['EUR', 'JPY', 'USD'])
    expect(
      await target.rows(`select currency, count(*)::int as count, sum(amount_due)::text as due, sum(amount_paid)::text as paid
        from billhook_legacy.billing_invoice group by 1 order by 1`),
    ).toEqual(sums)
    const columns = `stripe_invoice_id, stripe_payment_intent_id, number, status, period_start, period_end, paid_at, hosted_invoice_url, invoice_pdf, created_at`
    expect(await target.rows(`select ${columns} from billhook_legacy.billing_invoice order by 1`)).toEqual(
      await legacy.query(`select ${columns} from billing_invoice where id::text <> all($1) order by 1`, [
        bad('billing_invoice'),
      ]),
    )
  })

  it('keeps plans with what they give, and organizations by ids of any size', async () => {
    expect(
      await target.rows(`select slug, name, amount::int, currency, interval, features, limits, stripe_price_id, stripe_product_id, is_active
        from billhook_legacy.billing_plan order by slug`),
    ).toEqual([
      {
        slug: 'old',
        name: 'Old',
        amount: 990,
        currency: 'USD',
        interval: 'year',
        features: {},
        limits: {},
        stripe_price_id: 'price_old',
        stripe_product_id: 'prod_old',
        is_active: false,
      },
      {
        slug: 'pro',
        name: 'Pro – für alle',
        amount: 4900,
        currency: 'EUR',
        interval: 'month',
        features: { sso: true },
        limits: { seats: 5 },
        stripe_price_id: 'price_pro',
        stripe_product_id: 'prod_pro',
        is_active: true,
      },
      {
        slug: 'pro-yen',
        name: 'プロ',
        amount: 6000,
        currency: 'JPY',
        interval: 'month',
        features: { sso: true },
        limits: {},
        stripe_price_id: 'price_yen',
        stripe_product_id: 'prod_pro',
        is_active: true,
      },
    ])
    expect(
      await target.rows(`select name, email from billhook.organizations where external_id = '9007199254740994'`),
    ).toEqual([{ name: 'Größe 企業 1', email: 'team1@example.test' }])
  })

  it('ties subscriptions to Stripe as the one who bills them, with every id claimed', async () => {
    expect(
      await target.rows(`select distinct engine, role, provider_kind from billhook.bindings order by role`),
    ).toEqual([
      { engine: 'provider', role: 'billing', provider_kind: 'stripe' },
      { engine: 'provider', role: 'duplicate', provider_kind: 'stripe' },
      { engine: 'provider', role: 'ended', provider_kind: 'stripe' },
    ])
    const [unclaimed] = await target.rows(`select
        (select count(*) from billhook.bindings b where not exists (select 1 from billhook.external_refs r where r.kind = 'subscription' and r.external_id = b.external_subscription_id)) +
        (select count(*) from billhook.invoices i where not exists (select 1 from billhook.external_refs r where r.kind = 'invoice' and r.external_id = i.external_invoice_id)) +
        (select count(*) from billhook.customers c where not exists (select 1 from billhook.external_refs r where r.kind = 'customer' and r.external_id = c.external_customer_id)) as count`)
    expect(Number(unclaimed?.count)).toBe(0)
  })

  it('changes nothing when it is done again', async () => {
    const before = await target.digest()
    const again = await importLegacy(target.billing.ctx, input())
    expect(await target.digest()).toEqual(before)
    for (const counts of Object.values(again.counts)) expect(counts).toMatchObject({ created: 0, linked: 0 })
  })

  it('writes nothing into the old database, which would refuse it', async () => {
    const [row] = await legacy.query(
      `select count(*)::int as count from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`,
    )
    expect(row).toEqual({ count: 4 })
  })
  it('reads whole-number columns as Stripe counts, and a mapping names columns, words and tables of other names', async () => {
    const cents = await openLegacyDatabase('cents')
    await addPlans(cents, { scale: 100 })
    await addGoodTeams(cents, 3, { scale: 100 })
    await cents.query(`alter table billing_subscription rename to subs; alter table subs rename column status to state`)
    await cents.query(`update subs set state = 'running' where state = 'active'`)
    const installation = await openInstallation()
    const mapping = {
      defaults,
      subscriptions: { table: 'subs', columns: { status: 'state' } },
      organizations: { table: 'core_team' },
      statuses: { subscriptions: { running: 'active' } },
    }
    const wish = { from: cents.url, createOrganizations: true }
    await expect(importLegacy(installation.billing.ctx, { ...wish, mapping: { defaults } })).rejects.toMatchObject({
      code: 'legacy_table_missing',
    })
    await expect(
      importLegacy(installation.billing.ctx, { ...wish, mapping: { defaults, subscriptions: { table: 'subs' } } }),
    ).rejects.toMatchObject({ code: 'legacy_mapping_incomplete' })
    const report = await importLegacy(installation.billing.ctx, { ...wish, mapping })
    expect(report).toMatchObject({
      problems: [],
      sums: {
        EUR: { invoices: 3, total: '152.70', paid: '49.90' },
        JPY: { invoices: 3, total: '18003', paid: '6000' },
        USD: { invoices: 3, total: '152.70', paid: '49.90' },
      },
    })
    await installation.close()
    await cents.close()
  })

  it('takes what Stripe says from then on as newer, and its own document instead of what was remembered of it', async () => {
    const account = await openTestAccount({ clock: new Date('2026-01-20T00:00:00Z') })
    const old = await openLegacyDatabase('decimal')
    const { emulator } = account
    const { customerId, subscriptionId, priceId } = await subscribeAt(account)
    const [invoice] = [...emulator.state.invoices.values()]
    await old.query(`insert into core_team values (1, 'Team', 'team@example.test', 'NL')`)
    await old.query(
      `insert into billing_plan (id, slug, name, amount, currency, interval, stripe_price_id, stripe_product_id)
        values (1, 'seat', 'Seat', 20, 'eur', 'month', $1, 'prod_seat')`,
      [priceId],
    )
    await old.query(
      `insert into billing_subscription (id, organization_id, plan_id, status, stripe_subscription_id, stripe_customer_id, current_period_end,
        created_at, updated_at) values (1, 1, 1, 'active', $1, $2, '2026-02-20Z', '2026-01-20', '2030-01-01Z')`,
      [subscriptionId, customerId],
    )
    // Other totals than the document's, and a payment that the old application never heard of.
    await old.query(
      `insert into billing_invoice (id, organization_id, subscription_id, stripe_invoice_id, status, currency, amount_due, amount_paid, created_at)
        values (gen_random_uuid(), 1, 1, $1, 'open', 'eur', 59, 0, '2026-01-20Z')`,
      [invoice?.id],
    )
    emulator.signed({ secret })
    const installation = await openInstallation({ secretKey: emulator.apiKey, apiBase: emulator.baseUrl })
    const wish = {
      from: old.url,
      createOrganizations: true,
      mapping: { defaults, organizations: { table: 'core_team' } },
    }
    expect((await importLegacy(installation.billing.ctx, wish)).problems).toEqual([])
    const state = () =>
      installation.rows(`select s.quantity, s.current_period_end::date::text as ends, i.status, i.total::int, i.metadata, t.external_item_id as item
        from billhook.subscriptions s join billhook.subscription_items t on t.subscription_id = s.id
        join billhook.invoices i on i.subscription_id = s.id order by i.created_at`)
    expect(await state()).toEqual([
      {
        ...{ quantity: 1, ends: '2026-02-20', status: 'open', total: 5900 },
        ...{ metadata: { billhook_imported_from: 'billing_invoice' }, item: `unknown_item_of_${subscriptionId}` },
      },
    ])
    const [organization] = await installation.rows('select id from billhook.organizations')
    await installation.billing.syncInvoiceFromProvider({
      organizationId: String(organization?.id),
      externalInvoiceId: invoice?.id ?? '',
    })
    expect(await state()).toMatchObject([{ status: 'paid', total: 4000, metadata: {} }])
    emulator.clock.advance('P1M')
    installation.billing.clock.set(emulator.clock.now())
    const signedAt = Math.floor(emulator.clock.now().getTime() / 1000)
    for (const { body, headers } of emulator.signed({ secret, signedAt })) {
      const url = `${installation.billing.baseUrl}/api/v1/billing/webhooks/stripe/`
      const answer = await installation.billing.handler(new Request(url, { method: 'POST', body, headers }))
      expect(answer.status).toBe(200)
    }
    await installation.billing.runJobs()
    expect(await state()).toMatchObject([
      { quantity: 2, ends: '2026-03-20', total: 4000, item: expect.stringMatching(/^si_/) },
      { quantity: 2, ends: '2026-03-20', status: 'paid', total: 4000 },
    ])
    expect(await installation.rows('select kind from billhook.alerts')).toEqual([])
    await installation.close()
    await old.close()
    await emulator.stop()
  })

  it('reads again what came in, where that is wanted, and names what cannot be read', async () => {
    const account = await openTestAccount({ clock: new Date('2026-01-20T00:00:00Z') })
    const old = await openLegacyDatabase('decimal')
    const { customerId, subscriptionId } = await subscribeAt(account)
    await addPlans(old, { scale: 1 })
    await old.query(`update billing_plan set stripe_price_id = 'price_emu_000001' where id = 1`)
    const row = (id: number, subscription: string, customer: string) =>
      old.query(
        `insert into billing_subscription (id, organization_id, plan_id, status, stripe_subscription_id, stripe_customer_id, current_period_end,
          created_at, updated_at) values ($1, $1, 1, 'active', $2, $3, '2026-02-20Z', '2026-01-20', '2026-01-20Z')`,
        [id, subscription, customer],
      )
    await row(1, subscriptionId, customerId)
    await row(2, 'sub_gone', 'cus_gone')
    const { emulator } = account
    const installation = await openInstallation({ secretKey: emulator.apiKey, apiBase: emulator.baseUrl })
    const email = 'billing+{id}@example.test'
    const report = await importLegacy(installation.billing.ctx, {
      ...{ from: old.url, createOrganizations: true, refresh: true },
      mapping: { defaults: { ...defaults, email } },
    })
    expect(report.problems).toMatchObject([{ kind: 'subscription', id: 'sub_gone', code: 'not_refreshed' }])
    expect(
      await installation.rows(`select o.email, s.quantity, left(t.external_item_id, 3) as item from billhook.subscriptions s
        join billhook.subscription_items t on t.subscription_id = s.id join billhook.organizations o on o.id = s.organization_id order by 1`),
    ).toEqual([
      { email: 'billing+1@example.test', quantity: 2, item: 'si_' },
      { email: 'billing+2@example.test', quantity: 1, item: 'unk' },
    ])
    await installation.close()
    await old.close()
    await emulator.stop()
  })
})

async function subscribeAt({ stripe, createPrice }: TestAccount) {
  const priceId = await createPrice(2000)
  const customer = await stripe.customers.create({ email: 'team@example.test' })
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: 'pm_card_visa' } })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: priceId, quantity: 2 }],
  })
  return { customerId: customer.id, subscriptionId: subscription.id, priceId }
}
