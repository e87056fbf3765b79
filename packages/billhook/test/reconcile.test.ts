import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ReconcileRun } from '../src/index.ts'
import { OddSandbox } from './support/odd-sandbox.ts'
import { addOrganization, openShop, type Shop, sandboxOf, selectRows, shopActions } from './support/sandbox-shop.ts'

let shop: Shop
let sandbox: OddSandbox
/** While it is off, what the sandbox sends is taken and lost. */
let isHeard = true

beforeAll(async () => {
  const reach: { handler?: Shop['billing']['handler'] } = {}
  shop = await openShop({
    providers: {
      sandbox: (host) => {
        sandbox = new OddSandbox(host)
        return sandbox
      },
    },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return isHeard && reach.handler ? reach.handler(request) : new Response(null, { status: 200 })
    },
  })
  reach.handler = shop.billing.handler
})
afterAll(() => shop.close())
beforeEach(() => {
  isHeard = true
  sandbox.subscriptions.clear()
  sandbox.invoices.clear()
  sandbox.extra = []
})

let organizations = 0
/** A customer of its own for each test, so that they share one database. */
async function newCustomer() {
  organizations += 1
  const externalId = `customer-${organizations}`
  const organizationId = await addOrganization(shop.billing, externalId)
  return { organizationId, externalId, ...shopActions(shop.billing, organizationId) }
}
type Customer = Awaited<ReturnType<typeof newCustomer>>

const change = (text: string) => shop.ctx.db.drizzle.execute(sql.raw(text))
const reconcile = (input: { dryRun?: boolean; organizationId?: string } = {}) => shop.billing.reconcile(input)
/** What it found of these customers; of everything when none is named. */
const differencesOf = async ({ id }: ReconcileRun, ...customers: Customer[]) => {
  const { data } = (await shop.billing.getReconcileRun({ runId: id, limit: 100 })).differences
  const ids = customers.map(({ organizationId }) => organizationId)
  return data.filter(({ organizationId }) => ids.length === 0 || (organizationId && ids.includes(organizationId)))
}
const brief = async (run: ReconcileRun, ...customers: Customer[]) =>
  (await differencesOf(run, ...customers)).map(({ kind, object, field, severity, resolution }) =>
    [kind, object, field, severity, resolution].filter((part) => part !== null).join(' '),
  )
const idsOf = async ({ organizationId }: Customer) => {
  const [row] = await selectRows<{ subscription: string; external: string; invoice: string; payment: string }>(
    shop.billing,
    `select b.subscription_id as subscription, b.external_subscription_id as external, i.external_invoice_id as invoice,
        i.external_payment_intent_id as payment
      from billhook.bindings b join billhook.invoices i on i.binding_id = b.id where b.organization_id = '${organizationId}'
      order by b.created_at, i.created_at`,
  )
  if (!row) throw new Error('this customer has bought nothing')
  return row
}
const alertsOf = (customer: Customer) =>
  selectRows<{ kind: string; subject: string; resolved: boolean }>(
    shop.billing,
    `select kind, subject, resolved_at is not null as resolved from billhook.alerts where organization_id = '${customer.organizationId}' order by id`,
  )

/** Everything but what a run writes about itself, as text that is equal only when every row is. */
async function everything(): Promise<string> {
  const tables = await selectRows<{ name: string }>(
    shop.billing,
    `select table_name as name from information_schema.tables where table_schema = 'billhook' and table_type = 'BASE TABLE'
      and table_name not like 'reconcile%' and table_name not in ('audit_log', 'migrations') order by 1`,
  )
  const parts = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest from billhook.${name} t`,
  )
  return JSON.stringify(await selectRows(shop.billing, parts.join(' union all ')))
}

describe('comparing what was told with what is', () => {
  it('finds nothing while every webhook has come, ended subscriptions and paid, open and refunded bills among them', async () => {
    const [renewed, ended, failing] = [await newCustomer(), await newCustomer(), await newCustomer()]
    await renewed.subscribe()
    await failing.subscribe({ card: '4000000000000341' })
    const { id } = await ended.subscribe({ priceId: 'team-monthly' })
    await shop.advance('P1M')
    await shop.billing.cancelSubscription({
      organizationId: ended.organizationId,
      subscriptionId: id,
      atPeriodEnd: false,
    })
    await shop.settle()
    const run = await reconcile()
    expect(await brief(run, renewed, ended, failing)).toEqual([])
    expect(run).toMatchObject({ status: 'completed', counts: { subscriptions: 3, invoices: 6 } })
  })

  it('brings in what no webhook told: a first subscription, its renewal and its end, each told once and as reconciled', async () => {
    const customer = await newCustomer()
    const session = await customer.checkout()
    isHeard = false
    await customer.pay(session.url)
    await sandboxOf(shop.billing).advance('P1M')
    const { data } = await sandbox.listSubscriptions({})
    const external = data.find(({ reference }) => reference.organizationId === customer.organizationId)
    expect(await brief(await reconcile(), customer)).toEqual([
      'missing_here subscription critical repaired',
      'missing_here invoice warning repaired',
      'missing_here invoice warning repaired',
    ])
    expect(await customer.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    const told = await customer.events()
    expect(told.map(({ type }) => type).filter((type) => type.startsWith('invoice.paid'))).toHaveLength(2)
    expect(new Set(told.filter(({ type }) => type !== 'customer.created').map(({ source }) => source))).toContain(
      'reconcile',
    )
    expect(external).toBeDefined()
    expect(await brief(await reconcile(), customer)).toEqual([])
    expect(await customer.events()).toEqual(told)
  })

  it('tells the end of a subscription that was only noticed by comparing', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    const { external } = await idsOf(customer)
    sandbox.subscriptions.set(external, { status: 'canceled', endedAt: shop.billing.clock.now() })
    const run = await reconcile()
    expect(await brief(run, customer)).toContain('differs subscription status critical repaired')
    expect(await customer.current()).toMatchObject({ id, status: 'canceled', access: { allowed: false } })
    expect(await customer.events({ type: 'subscription.canceled' })).toMatchObject([{ source: 'reconcile' }])
    expect(await brief(await reconcile(), customer)).toEqual([])
  })
})

describe('rows that are not what the provider says', () => {
  it.each([
    ["status = 'past_due'", 'status', 'critical'],
    ['quantity = 9', 'quantity', 'critical'],
    ["cancel_at = '2030-01-01'", 'cancel_at', 'warning'],
    ["current_period_start = current_period_start - interval '1 day'", 'current_period_start', 'warning'],
    ["pause_kind = 'collection'", 'pause_kind', 'warning'],
    ["plan_id = (select plan_id from billhook.prices where key = 'team-monthly')", 'plan_id', 'critical'],
  ])('are found and put right although the same was applied before: %s', async (values, field, severity) => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    const before = await customer.current()
    await change(`update billhook.subscriptions set ${values} where id = '${id}'`)
    const run = await reconcile({ organizationId: customer.organizationId })
    expect(await brief(run)).toEqual([`differs subscription ${field} ${severity} repaired`])
    expect(await customer.current()).toEqual(before)
    expect(await brief(await reconcile({ organizationId: customer.organizationId }))).toEqual([])
  })

  it('are found with what both sides say, at bills, their payments, items and paid time', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    const { invoice, payment } = await idsOf(customer)
    await change(
      `update billhook.invoices set status = 'open', amount_remaining = 1000 where external_invoice_id = '${invoice}'`,
    )
    await change(`update billhook.payments set status = 'failed' where external_payment_id = '${payment}'`)
    await change(`update billhook.subscription_items set quantity = 4 where subscription_id = '${id}'`)
    const run = await reconcile()
    expect(await brief(run, customer)).toEqual([
      'differs subscription items warning repaired',
      'differs invoice status critical repaired',
      'differs invoice amount_remaining critical repaired',
      `differs invoice payments.${payment}.status critical repaired`,
    ])
    expect(await differencesOf(run, customer)).toMatchObject([
      { ours: [{ quantity: 4 }], theirs: [{ quantity: 1 }], organizationId: customer.organizationId },
      { ours: 'open', theirs: 'paid', externalId: invoice, reason: null },
      { ours: 1000, theirs: 0 },
      { ours: 'failed', theirs: 'succeeded' },
    ])
    expect(run.found).toMatchObject({ resolutions: { repaired: 4 }, kinds: { differs: run.found.total } })
    expect(await brief(await reconcile(), customer)).toEqual([])
  })

  it('give back paid time that a lost payment would have bought', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    const { paidThroughAt } = await customer.current()
    await change(`alter table billhook.subscriptions disable trigger subscriptions_guard`)
    await change(`update billhook.subscriptions set paid_through_at = '2026-01-31' where id = '${id}'`)
    await change(`alter table billhook.subscriptions enable trigger subscriptions_guard`)
    expect(await brief(await reconcile(), customer)).toEqual([
      'differs invoice subscription.paid_through_at critical repaired',
    ])
    expect((await customer.current()).paidThroughAt).toEqual(paidThroughAt)
  })

  it('are only told of by a dry run, which changes nothing and opens no alert', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    const other = await newCustomer()
    await other.subscribe()
    const { external } = await idsOf(other)
    sandbox.subscriptions.set(external, 'gone')
    await change(`update billhook.subscriptions set status = 'past_due' where id = '${id}'`)
    const before = await everything()
    const dry = await reconcile({ dryRun: true })
    expect(await brief(dry, customer, other)).toEqual([
      'differs subscription status critical would_repair',
      'unknown_at_provider subscription critical person',
    ])
    expect(await everything()).toBe(before)
    sandbox.subscriptions.clear()
    expect(await brief(await reconcile(), customer, other)).toEqual(['differs subscription status critical repaired'])
  })
})

describe('what the writer leaves to a person', () => {
  it('names what ended here and lives there, and never revives it', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    await shop.billing.cancelSubscription({
      organizationId: customer.organizationId,
      subscriptionId: id,
      atPeriodEnd: false,
    })
    await shop.settle()
    const { external } = await idsOf(customer)
    sandbox.subscriptions.set(external, { status: 'active', endedAt: null })
    expect(await brief(await reconcile(), customer)).toEqual(['differs subscription status critical person'])
    expect(await customer.current()).toMatchObject({ status: 'canceled' })
    await reconcile()
    expect(await alertsOf(customer)).toEqual([
      { kind: 'reconcile_unrepaired', subject: `sandbox:${external}`, resolved: false },
    ])
  })

  it('keeps the totals of a finalized bill, and alerts once', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const { invoice } = await idsOf(customer)
    sandbox.invoices.set(invoice, { subtotal: 500, total: 500, amountDue: 500, amountPaid: 500 })
    const run = await reconcile()
    expect(await brief(run, customer)).toEqual([
      'differs invoice subtotal critical person',
      'differs invoice total critical person',
    ])
    await reconcile()
    expect((await alertsOf(customer)).map(({ kind }) => kind)).toEqual(['finalized_invoice_changed'])
  })

  it('writes down a subscription that the provider does not know, and takes nobody’s access for it', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const { external } = await idsOf(customer)
    sandbox.subscriptions.set(external, 'gone')
    expect(await brief(await reconcile(), customer)).toEqual(['unknown_at_provider subscription critical person'])
    expect(await customer.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    await reconcile()
    expect(await alertsOf(customer)).toMatchObject([{ kind: 'unknown_at_provider', subject: `sandbox:${external}` }])
  })

  it('counts what belongs to nobody here, names its subscriptions, and tells a person once', async () => {
    const mine = await newCustomer()
    await mine.subscribe()
    const own = await sandbox.retrieveSubscription((await idsOf(mine)).external)
    // Its ids lead nowhere, as if another application billed with the same account.
    sandbox.extra = [
      { ...own, externalSubscriptionId: 'sub_of_others', externalCustomerId: 'cus_of_others', reference: {} },
    ]
    const run = await reconcile()
    expect(run.counts).toMatchObject({ orphanSubscriptions: 1, liveOrphanSubscriptions: 1 })
    expect((await differencesOf(run)).filter(({ organizationId }) => organizationId === null)).toMatchObject([
      { kind: 'orphan', externalId: 'sub_of_others', organizationId: null, resolution: 'person', severity: 'warning' },
    ])
    await reconcile()
    const alerts = await selectRows(shop.billing, `select 1 from billhook.alerts where kind = 'orphans_at_provider'`)
    expect(alerts).toHaveLength(1)
  })

  it('never applies an object whose ids belong to two organizations', async () => {
    const [mine, theirs] = [await newCustomer(), await newCustomer()]
    await mine.subscribe()
    const before = await mine.current()
    const { external } = await idsOf(mine)
    sandbox.subscriptions.set(external, { reference: { organizationId: theirs.organizationId }, status: 'past_due' })
    expect((await differencesOf(await reconcile())).filter(({ externalId }) => externalId === external)).toMatchObject([
      { field: 'organization_id', severity: 'critical', resolution: 'person', organizationId: null },
    ])
    expect(await mine.current()).toEqual(before)
  })

  it('names what the adapter cannot read, and compares the rest', async () => {
    const [odd, sound] = [await newCustomer(), await newCustomer()]
    await odd.subscribe()
    const { id } = await sound.subscribe()
    await change(`update billhook.subscriptions set quantity = 2 where id = '${id}'`)
    const { external } = await idsOf(odd)
    sandbox.subscriptions.set(external, 'unreadable')
    const run = await reconcile()
    expect(await brief(run, sound)).toEqual(['differs subscription quantity critical repaired'])
    expect((await differencesOf(run)).filter(({ kind }) => kind === 'unreadable')).toMatchObject([
      { externalId: external, resolution: 'person', reason: 'a currency of the moon' },
    ])
  })
})

describe('an organization that is billed twice', () => {
  it('is found in every run and alerted once; its second subscription is left for a person, whatever the policy', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const { external, subscription } = await idsOf(customer)
    const twice = { ...(await sandbox.retrieveSubscription(external)), externalSubscriptionId: 'sbx_sub_second' }
    sandbox.extra = [twice]
    const run = await reconcile()
    expect(await brief(run, customer)).toEqual([
      'missing_here subscription critical repaired',
      'billed_twice subscription critical person',
    ])
    expect((await differencesOf(run, customer)).at(-1)).toMatchObject({ ours: subscription, theirs: 'sbx_sub_second' })
    await shop.settle()
    expect(await brief(await reconcile(), customer)).toEqual(['billed_twice subscription critical person'])
    const [alert] = await alertsOf(customer)
    expect(await alertsOf(customer)).toEqual([
      { kind: 'second_live_subscription', subject: 'sandbox:sbx_sub_second', resolved: false },
    ])
    const [{ id = '' } = {}] = await selectRows<{ id: string }>(
      shop.billing,
      `select id from billhook.alerts where subject = '${alert?.subject}'`,
    )
    await shop.billing.call('POST', `/api/v1/admin/alerts/${id}/resolve/`)
    await reconcile()
    expect(await alertsOf(customer)).toMatchObject([{ resolved: true }])
    await change(
      `update billhook.bindings set external_status = 'canceled' where external_subscription_id = 'sbx_sub_second'`,
    )
    await change(`delete from billhook.external_refs where external_id = 'sbx_sub_second'`)
  })
})
