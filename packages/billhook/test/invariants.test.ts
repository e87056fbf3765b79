import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlState } from '../src/db/index.ts'
import { databases } from './support/databases.ts'
import { openShop, type Shop, selectRows } from './support/sandbox-shop.ts'

/** What holds even against code that is wrong: each statement is run by somebody whom no row-level security holds back. */
describe.each(databases.filter(({ name }) => !name.includes('plain')))('the database, on $name', ({ open }) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop({ database: await open() })
    await shop.subscribe()
  })
  afterAll(() => shop.close())

  const run = (text: string) => selectRows(shop.billing, text)
  /** The constraint that stood in the way, by name. */
  const refusal = async (work: Promise<unknown>) => {
    try {
      await work
    } catch (error) {
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        if ('constraint' in cause && typeof cause.constraint === 'string') return cause.constraint
      }
      return sqlState(error)
    }
    return 'nothing was refused'
  }

  it('keeps one live subscription for each product line', async () => {
    expect(await refusal(insertSubscription('bhsub_2', 'main'))).toBe('subscriptions_one_live')
  })
  it('keeps one billing binding for each subscription', async () => {
    expect(await refusal(insertBinding('bhbind_2', 'billing'))).toBe('bindings_one_billing')
    expect(await refusal(insertBinding('bhbind_2', 'duplicate'))).toBe('nothing was refused')
    await run(`delete from billhook.bindings where id = 'bhbind_2'`)
  })
  it('keeps one row for each external object', async () => {
    await expect(
      refusal(run(`insert into billhook.external_refs select * from billhook.external_refs limit 1`)),
    ).resolves.toBe('external_refs_once')
    expect(await refusal(insertBinding('bhbind_3', 'duplicate', 'external_subscription_id'))).toBe(
      'bindings_external_once',
    )
  })
  it('wants somebody who bills for every paid live subscription, when the transaction ends', async () => {
    expect(await refusal(insertSubscription('bhsub_3', 'other'))).toBe('subscriptions_billing_binding')
    expect(await refusal(run(`update billhook.bindings set role = 'ending'`))).toBe('subscriptions_billing_binding')
    // A move between bindings may take two statements.
    const move = `do $$ begin
      update billhook.bindings set role = 'ending';
      update billhook.bindings set role = 'billing';
    end $$`
    expect(await refusal(run(move))).toBe('nothing was refused')
  })
  it('moves paid time only forward, except where an end is meant', async () => {
    const back = `update billhook.subscriptions set paid_through_at = paid_through_at - interval '1 day'`
    expect(await refusal(run(back))).toBe('subscriptions_paid_through_forward')
    expect(await refusal(run('update billhook.subscriptions set paid_through_at = null'))).toBe(
      'subscriptions_paid_through_forward',
    )
    const forward = `update billhook.subscriptions set paid_through_at = paid_through_at + interval '1 day'`
    expect(await refusal(run(forward))).toBe('nothing was refused')
    const meant = `do $$ begin perform set_config('billhook.end_now', 'on', true); ${back}; end $$`
    expect(await refusal(run(meant))).toBe('nothing was refused')
    expect(await refusal(run(back))).toBe('subscriptions_paid_through_forward')
  })
  it.each([
    'total = total + 1, tax = tax + 1, amount_due = amount_due + 1',
    `currency = 'USD'`,
    `status = 'draft'`,
    `number = 'another'`,
  ])('lets nobody change a finalized invoice: %s', async (change) => {
    expect(await refusal(run(`update billhook.invoices set ${change}`))).toBe('invoices_immutable')
  })
  it('wants totals that add up', async () => {
    expect(await refusal(insertInvoice(`total = total + 1, amount_due = amount_due + 1`))).toBe('invoices_total')
    expect(await refusal(insertInvoice('amount_due = amount_due + 1'))).toBe('invoices_amount_due')
    expect(await refusal(insertInvoice('amount_remaining = -1'))).toBe('invoices_never_negative')
    expect(await refusal(insertInvoice('amount_refunded = amount_paid + 1'))).toBe('invoices_refund_within_paid')
  })
  it('wants lines that sum to the subtotal, when the transaction ends', async () => {
    expect(await refusal(insertInvoice('number = number'))).toBe('invoices_lines_sum')
    expect(await refusal(run('update billhook.invoice_lines set amount = amount + 1'))).toBe('invoices_lines_sum')
    expect(await refusal(run('delete from billhook.invoice_lines'))).toBe('invoices_lines_sum')
  })
  it('lets nobody edit a price', async () => {
    for (const change of ['amount = amount + 1', `currency = 'USD'`, `interval = 'year'`]) {
      expect(await refusal(run(`update billhook.prices set ${change}`))).toBe('prices_immutable')
    }
  })
  it('fills the old column names for the old provider alone, and shows them in the old views', async () => {
    const names = `stripe_subscription_id as s from billhook.bindings`
    expect(await run(`select ${names}`)).toEqual([{ s: null }])
    expect(await refusal(run(`update billhook.bindings set stripe_subscription_id = 'sub_1'`))).toBe('428C9')
    expect(await run('select status, cancel_at_period_end from billhook_legacy.billing_subscription')).toEqual([
      { status: 'active', cancel_at_period_end: false },
    ])
    expect(await run('select status, amount_paid from billhook_legacy.billing_invoice')).toMatchObject([
      { status: 'paid' },
    ])
    expect(await run(`select slug from billhook_legacy.billing_plan order by slug`)).toMatchObject([
      { slug: 'starter' },
      { slug: 'team' },
      { slug: 'trial' },
    ])
  })
  it('never takes an ended subscription back', async () => {
    const { id } = await shop.current()
    await shop.billing.cancelSubscription({
      organizationId: shop.organizationId,
      subscriptionId: id,
      atPeriodEnd: false,
    })
    const revive = `update billhook.subscriptions set status = 'active', ended_at = null where id = '${id}'`
    expect(await refusal(run(revive))).toBe('subscriptions_terminal')
    expect(await run(`select action from billhook.audit_log where subject = '${id}'`)).toEqual([{ action: 'end_now' }])
  })

  /** A copy of the row there is, with some columns said anew. Generated columns cannot be copied. */
  const insertCopy = async (table: string, values: Record<string, string>) => {
    const columns = await selectRows<{ name: string }>(
      shop.billing,
      `select column_name as name from information_schema.columns where table_schema = 'billhook' and table_name = '${table}'
         and is_generated = 'NEVER' and is_identity = 'NO'`,
    )
    const names = columns.map(({ name }) => `"${name}"`).join(', ')
    const picked = columns.map(({ name }) => values[name] ?? `"${name}"`).join(', ')
    return run(`insert into billhook.${table} (${names}) select ${picked} from billhook.${table} limit 1`)
  }
  const insertSubscription = (id: string, productLine: string) =>
    insertCopy('subscriptions', { id: `'${id}'`, product_line: `'${productLine}'` })
  const insertBinding = (id: string, role: string, external = `'sbx_sub_another'`) =>
    insertCopy('bindings', { id: `'${id}'`, role: `'${role}'`, external_subscription_id: external })
  const insertInvoice = (change: string) => {
    const changes = change.split(', ').map((part) => part.split(' = ') as [string, string])
    return insertCopy('invoices', {
      id: `'bhinv_2'`,
      external_invoice_id: `'x'`,
      number: `'2'`,
      ...Object.fromEntries(changes),
    })
  }
})
