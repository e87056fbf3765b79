import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlan, publishPlan } from '../src/domain/catalog/index.ts'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import {
  addOrganization,
  cards,
  openShop,
  type Shop,
  sandboxOf,
  selectRows,
  shopActions,
} from './support/sandbox-shop.ts'

/** A provider that only collects: the bills are written here. */
let shop: Shop
beforeAll(async () => {
  shop = await openShop({ providers: { sandbox: sandboxProvider({ documents: false }) } })
})
afterAll(() => shop.close())

let organizations = 0
async function newCustomer() {
  organizations += 1
  const organizationId = await addOrganization(shop.billing, `customer-${organizations}`)
  return { organizationId, ...shopActions(shop.billing, organizationId) }
}
type Customer = Awaited<ReturnType<typeof newCustomer>>

interface Bill {
  number: string
  status: string
  total: number
  paid: number
  refunded: number
  attempts: number
  from: string | null
}
const billsOf = ({ organizationId }: Customer) =>
  selectRows<Bill>(
    shop.billing,
    `select split_part(number, '-', 2) as number, status, total::int, amount_paid::int as paid, amount_refunded::int as refunded,
        attempt_count as attempts, to_char(period_start at time zone 'UTC', 'YYYY-MM-DD') as from
      from billhook.invoices where organization_id = '${organizationId}' order by coalesce(period_start, created_at), id`,
  )
const alertsOf = ({ organizationId }: Customer) =>
  selectRows<{ kind: string }>(
    shop.billing,
    `select kind from billhook.alerts where organization_id = '${organizationId}'`,
  )
const paymentsOf = async ({ organizationId }: Customer) =>
  (await shop.billing.listPayments({ organizationId, limit: 50 })).data.toReversed()

const kindsOf = async (customer: Customer) => (await customer.events()).map(({ type }) => type)
const openInbox = () =>
  selectRows(shop.billing, `select type, status, reason from billhook.webhook_events where status <> 'processed'`)

/** Another card for all that is charged from now on. */
async function replaceCard(customer: Customer, card: string): Promise<void> {
  const link = await shop.billing.updatePaymentMethod({
    organizationId: customer.organizationId,
    subscriptionId: (await customer.current()).id,
    returnUrl: 'https://a.test/back',
  })
  await customer.pay(link.url, card)
}

describe('a subscription whose provider makes no documents', () => {
  it('has a bill of ours for each cycle, with a number, a line, a payment and paid time', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    await customer.advance('P1M')
    expect(await billsOf(customer)).toEqual([
      { number: '0001', status: 'paid', total: 1000, paid: 1000, refunded: 0, attempts: 1, from: expect.any(String) },
      { number: '0002', status: 'paid', total: 1000, paid: 1000, refunded: 0, attempts: 1, from: expect.any(String) },
    ])
    const subscription = await customer.current()
    expect(subscription.paidThroughAt).toEqual(subscription.currentPeriodEnd)
    const { data } = await shop.billing.listInvoices({ organizationId: customer.organizationId })
    expect(data[0]).toMatchObject({
      numberSource: 'billhook',
      number: expect.stringMatching(/^[2-9A-Z]{8}-0002$/),
      billingReason: 'subscription_cycle',
      lines: [{ amount: 1000, quantity: 1, priceId: expect.stringMatching(/^bhprice_/) }],
    })
    const told = ['invoice.created', 'invoice.finalized', 'invoice.paid'] as const
    for (const type of told) expect(await customer.events({ type })).toHaveLength(2)
    expect(await openInbox()).toEqual([])
    expect(await alertsOf(customer)).toEqual([])
  })

  it('has a bill over nothing for its trial, which is paid time', async () => {
    const customer = await newCustomer()
    await customer.subscribe({ priceId: 'trial-monthly' })
    expect(await billsOf(customer)).toMatchObject([{ number: '0001', status: 'paid', total: 0, attempts: 0 }])
    const trial = await customer.current()
    expect(trial).toMatchObject({ status: 'trialing', paidThroughAt: trial.trialEnd })
    await customer.advance('P14D')
    expect(await billsOf(customer)).toMatchObject([{ total: 0 }, { number: '0002', status: 'paid', total: 2000 }])
  })

  it('owes the bill of a failed charge, and a later charge of more pays the oldest ones', async () => {
    const customer = await newCustomer()
    const { currentPeriodEnd } = await customer.subscribe({ card: cards.failsLater })
    await customer.advance('P1M')
    expect(await billsOf(customer)).toMatchObject([{ status: 'paid' }, { number: '0002', status: 'open', paid: 0 }])
    const owing = await customer.current()
    expect(owing).toMatchObject({ status: 'past_due', access: { reason: 'grace' } })
    expect(owing.access.until).toEqual(new Date((currentPeriodEnd?.getTime() ?? 0) + 7 * 86_400_000))
    await customer.advance('P10D')
    expect((await customer.current()).access).toMatchObject({ allowed: false, reason: 'unpaid' })
    await replaceCard(customer, cards.pays)
    await customer.advance('P1M')
    expect(await billsOf(customer)).toMatchObject([
      { status: 'paid', paid: 1000 },
      { number: '0002', status: 'paid', paid: 1000 },
      { number: '0003', status: 'paid', paid: 1000 },
    ])
    const paid = (await paymentsOf(customer)).filter(({ status }) => status === 'succeeded')
    expect(paid.map(({ amount, invoiceIds }) => [amount, invoiceIds.length])).toEqual([
      [1000, 1],
      [2000, 2],
    ])
    const subscription = await customer.current()
    expect(subscription).toMatchObject({ status: 'active', access: { allowed: true, reason: 'active' } })
    expect(subscription.paidThroughAt).toEqual(subscription.currentPeriodEnd)
    expect(await customer.events({ type: 'invoice.paid' })).toHaveLength(3)
    expect(await alertsOf(customer)).toEqual([])
  })

  it('gives money back in parts and whole, and no more than was paid', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const [payment] = await paymentsOf(customer)
    const paymentId = payment?.id ?? ''
    const refund = (amount?: number) =>
      shop.billing.refundPayment({
        organizationId: customer.organizationId,
        paymentId,
        amount,
        reason: 'requested_by_customer',
      })
    await refund(400)
    await customer.settle()
    expect(await billsOf(customer)).toMatchObject([{ status: 'paid', paid: 1000, refunded: 400 }])
    await expect(refund(700)).rejects.toMatchObject({ code: 'refund_exceeds_payment' })
    await refund()
    await customer.settle()
    expect(await billsOf(customer)).toMatchObject([{ status: 'paid', paid: 1000, refunded: 1000 }])
    expect((await paymentsOf(customer))[0]).toMatchObject({ amountRefunded: 1000, amountRefundable: 0 })
    expect(await customer.events({ type: 'payment.refunded' })).toHaveLength(2)
  })

  it('gives a payment of several bills back from the newest on', async () => {
    const customer = await newCustomer()
    await customer.subscribe({ card: cards.failsLater })
    await customer.advance('P1M')
    await customer.advance('P10D')
    await replaceCard(customer, cards.pays)
    await customer.advance('P1M')
    const several = (await paymentsOf(customer)).find(({ amount }) => amount === 2000)
    await shop.billing.refundPayment({
      organizationId: customer.organizationId,
      paymentId: several?.id ?? '',
      amount: 1500,
      reason: 'requested_by_customer',
    })
    await customer.settle()
    expect((await billsOf(customer)).map(({ refunded }) => refunded)).toEqual([0, 500, 1000])
  })

  it('costs what its plan costs from the cycle after a change on', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    await customer.advance('P10D')
    const change = { organizationId: customer.organizationId, subscriptionId: id, proration: 'none' as const }
    await shop.billing.updateSubscriptionPlan({ ...change, priceId: 'team-monthly' })
    await customer.advance('P1M')
    expect((await billsOf(customer)).map(({ total, status }) => [total, status])).toEqual([
      [1000, 'paid'],
      [3000, 'paid'],
    ])
    const { data } = await shop.billing.listInvoices({ organizationId: customer.organizationId })
    const prices = data.map(({ lines }) => lines[0]?.priceId)
    expect(new Set(prices).size).toBe(2)
    expect(await alertsOf(customer)).toEqual([])
  })

  it('is counted anew from where its interval changes', async () => {
    const customer = await newCustomer()
    const { organizationId } = customer
    const year = { interval: 'year', intervalCount: 1, trialDays: 0, currency: 'EUR', amount: 20_000 } as const
    const plan = await createPlan(shop.ctx, {
      key: 'yearly',
      name: 'yearly',
      features: {},
      limits: {},
      graceDays: 7,
      prices: [{ ...year, key: 'yearly-price' }],
    })
    await publishPlan(shop.ctx, { planId: plan.id, provider: 'sandbox' })
    const { id } = await customer.subscribe()
    await customer.advance('P1M')
    await customer.advance('P10D')
    const of = { organizationId, subscriptionId: id }
    await shop.billing.updateSubscriptionPlan({ ...of, priceId: 'yearly-price', proration: 'none' })
    await customer.settle()
    const changed = await customer.current()
    await customer.advance('P1Y')
    expect((await billsOf(customer)).map(({ total, status }) => [total, status])).toEqual([
      [1000, 'paid'],
      [1000, 'paid'],
      [20_000, 'paid'],
      [20_000, 'paid'],
    ])
    expect((await billsOf(customer))[2]?.from).toBe(changed.currentPeriodStart?.toISOString().slice(0, 10))
    const { paidThroughAt, currentPeriodEnd } = await customer.current()
    expect(paidThroughAt).toEqual(currentPeriodEnd)
    expect(await alertsOf(customer)).toEqual([])
  })

  it('keeps what was paid after its end, and is billed no more', async () => {
    const customer = await newCustomer()
    const { id } = await customer.subscribe()
    await shop.billing.cancelSubscription({
      organizationId: customer.organizationId,
      subscriptionId: id,
      atPeriodEnd: true,
    })
    await customer.advance('P2M')
    expect(await billsOf(customer)).toHaveLength(1)
    expect((await customer.current()).status).toBe('canceled')
    expect(await kindsOf(customer)).toContain('subscription.canceled')
  })

  it('is read again whole: a bill that was missed comes, one that nothing makes is not there', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const { organizationId } = customer
    const [{ id = '' } = {}] = await selectRows<{ id: string }>(
      shop.billing,
      `select external_invoice_id as id from billhook.invoices where organization_id = '${organizationId}'`,
    )
    await selectRows(
      shop.billing,
      `do $$ begin set local session_replication_role = replica;
        delete from billhook.payment_allocations where organization_id = '${organizationId}';
        delete from billhook.invoice_lines where organization_id = '${organizationId}';
        delete from billhook.invoices where organization_id = '${organizationId}';
        delete from billhook.external_refs where organization_id = '${organizationId}' and kind in ('invoice', 'payment');
        delete from billhook.payments where organization_id = '${organizationId}'; end $$`,
    )
    await shop.billing.syncInvoiceFromProvider({ organizationId, externalInvoiceId: id })
    expect(await billsOf(customer)).toMatchObject([{ status: 'paid', paid: 1000 }])
    expect(await paymentsOf(customer)).toHaveLength(1)
    const none = id.replace(/cycle.*/, 'cycle/2020-01-01T00:00:00Z')
    await expect(
      shop.billing.syncInvoiceFromProvider({ organizationId, externalInvoiceId: none }),
    ).rejects.toMatchObject({ code: 'resource_missing' })
  })

  it('shows when it is compared: what was missed is written, and then nothing differs', async () => {
    const customer = await newCustomer()
    await customer.subscribe()
    const { organizationId } = customer
    await customer.advance('P1M')
    expect(await reconciled(organizationId)).toEqual([])
    const provider = sandboxOf(shop.billing)
    const [subscription] = (await provider.listSubscriptions({})).data.slice(-1)
    expect(subscription).toBeDefined()
    await selectRows(
      shop.billing,
      `do $$ begin set local session_replication_role = replica;
        delete from billhook.payment_allocations where organization_id = '${organizationId}' and payment_id in
          (select id from billhook.payments where organization_id = '${organizationId}' order by attempted_at desc limit 1);
        delete from billhook.external_refs where organization_id = '${organizationId}' and kind = 'payment' and object_id in
          (select id from billhook.payments where organization_id = '${organizationId}' order by attempted_at desc limit 1);
        delete from billhook.payments where id in
          (select id from billhook.payments where organization_id = '${organizationId}' order by attempted_at desc limit 1);
        update billhook.invoices set status = 'open', amount_paid = 0, amount_remaining = total, paid_at = null, snapshot_digest = null
          where organization_id = '${organizationId}' and billing_reason = 'subscription_cycle'; end $$`,
    )
    const dry = await reconciled(organizationId, true)
    expect(dry).toContain('invoice status would_repair')
    expect(await reconciled(organizationId)).toContain('invoice status repaired')
    expect(await billsOf(customer)).toMatchObject([{ status: 'paid' }, { status: 'paid', paid: 1000 }])
    expect(await reconciled(organizationId)).toEqual([])
  })
})

async function reconciled(organizationId: string, dryRun = false): Promise<string[]> {
  const { id } = await shop.billing.reconcile({ organizationId, dryRun })
  const { data } = (await shop.billing.getReconcileRun({ runId: id, limit: 100 })).differences
  return data.map(({ object, field, resolution }) => `${object} ${field} ${resolution}`)
}

describe('numbers that are given here', () => {
  it('are consecutive for each organization, however many bills are finalized at once', async () => {
    const customer = await newCustomer()
    const other = await newCustomer()
    await customer.subscribe()
    await other.subscribe()
    for (let months = 0; months < 3; months++) await customer.advance('P1M')
    expect((await billsOf(customer)).map(({ number }) => number)).toEqual(['0001', '0002', '0003', '0004'])
    const numbers = await selectRows<{ number: string }>(
      shop.billing,
      `select number from billhook.invoices where organization_id in ('${customer.organizationId}', '${other.organizationId}')`,
    )
    expect(new Set(numbers.map(({ number }) => number)).size).toBe(numbers.length)
  })
})
