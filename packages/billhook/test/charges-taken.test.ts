import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inOrganization, sqlState } from '../src/db/index.ts'
import { importAccount } from '../src/domain/imports/index.ts'
import { applyCharge } from '../src/domain/sync/apply-charge.ts'
import { originOf } from '../src/domain/sync/index.ts'
import type { ChargeData, SubscriptionData } from '../src/providers/provider.ts'
import { SandboxProvider } from '../src/providers/sandbox/index.ts'
import { deliver, forget, openInbox } from './support/deliveries.ts'
import {
  addOrganization,
  cards,
  listEvents,
  openShop,
  type Shop,
  selectRows,
  shopActions,
} from './support/sandbox-shop.ts'

/** The company that only collects, whose lists may lag behind what it told. */
class LaggingSandbox extends SandboxProvider {
  lags = false
  constructor(...[host]: ConstructorParameters<typeof SandboxProvider>) {
    super(host, { documents: false })
    const { charges } = this
    if (!charges) throw new Error('it has charges')
    const lagging: typeof charges = {
      listCharges: async (input) => (this.lags ? { data: [], nextCursor: null } : charges.listCharges(input)),
    }
    Object.assign(this, { charges: lagging })
  }

  /** What it has listed nothing of it has no bills of either. */
  override async listInvoices(...[filter]: Parameters<SandboxProvider['listInvoices']>) {
    return this.lags ? { data: [], nextCursor: null } : super.listInvoices(filter)
  }
}

let shop: Shop
let sandbox: LaggingSandbox
beforeAll(async () => {
  const make = (host: ConstructorParameters<typeof SandboxProvider>[0]) => {
    sandbox = new LaggingSandbox(host)
    return sandbox
  }
  // Who pays twice is left alone here, so that there is something to bill.
  const settings = { duplicatePolicy: 'alert' } as const
  shop = await openShop({ capture: true, providers: { sandbox: make }, settings })
})
afterAll(() => shop.close())

let organizations = 0
async function newCustomer() {
  organizations += 1
  const organizationId = await addOrganization(shop.billing, `customer-${organizations}`)
  const actions = shopActions(shop.billing, organizationId)
  const sent = shop.deliveries.length
  const { url } = await actions.checkout()
  await actions.pay(url, cards.pays)
  await actions.settle()
  const deliveries = () => shop.deliveries.slice(sent)
  await deliver(shop, deliveries())
  const { data } = await sandbox.listSubscriptions({})
  const bought = data.find(({ reference }) => reference.organizationId === organizationId)
  if (!bought) throw new Error('it has bought something')
  return { organizationId, ...actions, deliveries, bought }
}

/** A charge of the n-th cycle after the first, as the company would tell it. */
function chargeOf({ externalSubscriptionId, externalCustomerId, ...of }: SubscriptionData, n: number): ChargeData {
  const attemptedAt = new Date(of.billingAnchorAt ?? 0)
  attemptedAt.setUTCDate(1)
  attemptedAt.setUTCMonth(attemptedAt.getUTCMonth() + n + 1, 0)
  return {
    externalPaymentId: `${externalSubscriptionId}-charge-${n}`,
    externalSubscriptionId,
    externalCustomerId,
    status: 'succeeded',
    amount: 1000,
    tax: 0,
    currency: 'EUR',
    amountRefunded: 0,
    attemptedAt,
    nextAttemptAt: null,
    declineCode: null,
    failureMessage: null,
    reference: {},
  }
}

const take = (organizationId: string, snapshot: ChargeData) =>
  inOrganization(shop.ctx.db, organizationId, (scope) =>
    applyCharge(shop.ctx, scope, {
      origin: originOf(sandbox),
      snapshot,
      observation: { by: 'event', at: snapshot.attemptedAt, ticket: 0, source: 'webhook' },
    }),
  )

const billsOf = (organizationId: string) =>
  selectRows<{ number: string; status: string; paid: number; from: string }>(
    shop.billing,
    `select split_part(number, '-', 2) as number, status, amount_paid::int as paid,
        to_char(period_start at time zone 'UTC', 'MM-DD') as from
      from billhook.invoices where organization_id = '${organizationId}' order by number`,
  )
const allocated = (organizationId: string) =>
  selectRows<{ payment: string; amount: number }>(
    shop.billing,
    `select p.external_payment_id as payment, sum(a.amount)::int as amount from billhook.payment_allocations a
      join billhook.payments p on p.id = a.payment_id where a.organization_id = '${organizationId}' group by 1 order by 1`,
  )
const factsOf = async (organizationId: string, type: 'invoice.voided' | 'invoice.paid') =>
  (await listEvents(shop.billing, organizationId, { type })).length

describe('charges as they are told', () => {
  it('finalized at once, twelve bills get twelve consecutive numbers', async () => {
    const { organizationId, bought } = await newCustomer()
    const outcomes = await Promise.all(
      Array.from({ length: 11 }, (_, n) => take(organizationId, chargeOf(bought, n + 1))),
    )
    expect(outcomes.every(({ outcome }) => outcome === 'applied')).toBe(true)
    const numbers = (await billsOf(organizationId)).map(({ number }) => number)
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, n) => String(n + 1).padStart(4, '0')))
  })

  it('told twice are one, and the second time changes nothing', async () => {
    const { organizationId, bought } = await newCustomer()
    const charge = chargeOf(bought, 1)
    await Promise.all([take(organizationId, charge), take(organizationId, charge), take(organizationId, charge)])
    expect(await take(organizationId, charge)).toEqual({ outcome: 'unchanged' })
    expect(await billsOf(organizationId)).toHaveLength(2)
    expect(await factsOf(organizationId, 'invoice.paid')).toBe(2)
  })

  it('of a subscription that is not known here wait for it, and ask for it', async () => {
    const { organizationId, deliveries } = await newCustomer()
    await forget(shop)
    const charges = deliveries().filter(({ rawBody }) => new TextDecoder().decode(rawBody).includes('charge.changed'))
    expect(charges).toHaveLength(1)
    await deliver(shop, charges)
    expect(await openInbox(shop)).toEqual([])
    expect(await billsOf(organizationId)).toMatchObject([{ number: '0001', status: 'paid' }])
  })

  it('show that a bill was none: it is voided, its money goes to others, and no number is left out', async () => {
    const { organizationId, bought } = await newCustomer()
    const double = { ...chargeOf(bought, 2), amount: 2000 }
    // At another price than the terms say, and later than they were seen, it may be by others: they are asked for first.
    const { externalSubscriptionId } = bought
    expect(await take(organizationId, double)).toEqual({ outcome: 'needs', externalSubscriptionId })
    await selectRows(shop.billing, `update billhook.bindings set observed_at = '2027-01-01T00:00:00Z'`)
    // Two prices at once, after a cycle that nobody told of: taken for both.
    await take(organizationId, double)
    expect(await billsOf(organizationId)).toMatchObject([{ paid: 1000 }, { paid: 1000 }, { paid: 1000 }])
    await take(organizationId, chargeOf(bought, 1))
    const bills = await billsOf(organizationId)
    expect(bills.map(({ status, paid }) => [status, paid]).toSorted()).toEqual([
      ['paid', 1000],
      ['paid', 1000],
      ['paid', 2000],
      ['void', 0],
    ])
    expect(bills.map(({ number }) => number)).toEqual(['0001', '0002', '0003', '0004'])
    expect((await allocated(organizationId)).map(({ amount }) => amount).toSorted()).toEqual([1000, 1000, 2000])
    expect(await factsOf(organizationId, 'invoice.voided')).toBe(1)
  })

  it('name a payment of another organization: an error, and nothing is kept', async () => {
    const one = await newCustomer()
    const other = await newCustomer()
    const charge = chargeOf(one.bought, 1)
    await take(one.organizationId, charge)
    const stolen = { ...chargeOf(other.bought, 1), externalPaymentId: charge.externalPaymentId }
    await expect(take(other.organizationId, stolen)).rejects.toMatchObject({ code: 'foreign_reference' })
    expect(await billsOf(other.organizationId)).toHaveLength(1)
  })
})

describe('charges of a second subscription', () => {
  it('have bills of their own, which buy the first one nothing', async () => {
    const { organizationId, bought, current, deliveries } = await newCustomer()
    const input = {
      externalCustomerId: bought.externalCustomerId,
      externalPriceId: bought.items[0]?.externalPriceId ?? '',
      quantity: 2,
      trialDays: 0,
      successUrl: 'https://a.test/ok',
      cancelUrl: 'https://a.test/no',
      reference: { organizationId },
    }
    const id = `second-of-${organizationId}`
    const operation = {
      id,
      kind: 'create_checkout_session' as const,
      idempotencyKey: id,
      startedAt: new Date(0),
      input,
    }
    const session = await sandbox.createCheckoutSession(input, operation)
    const before = await current()
    await shop.billing.handler(
      new Request(session.url ?? '', { method: 'POST', body: new URLSearchParams({ card: cards.pays }) }),
    )
    // Anchored on the same instant as the first: the cycles of both begin together.
    await shop.advance('P1M')
    await deliver(shop, deliveries())
    expect(await openInbox(shop)).toEqual([])
    expect((await billsOf(organizationId)).map(({ paid }) => paid).toSorted()).toEqual([1000, 1000, 2000, 2000])
    expect((await current()).paidThroughAt).not.toEqual(before.paidThroughAt)
    expect((await current()).paidThroughAt).toEqual((await current()).currentPeriodEnd)
  })
})

describe('charges as they are listed', () => {
  it('are no difference where the list lags behind what was told', async () => {
    const { organizationId } = await newCustomer()
    sandbox.lags = true
    const before = await billsOf(organizationId)
    const { id } = await shop.billing.reconcile({ organizationId })
    sandbox.lags = false
    const { data } = (await shop.billing.getReconcileRun({ runId: id, limit: 50 })).differences
    expect(data).toEqual([])
    expect(await billsOf(organizationId)).toEqual(before)
  })

  it('move in with an account: all bills of ours, once', async () => {
    const { organizationId } = await newCustomer()
    await shop.advance('P2M')
    await forget(shop)
    const report = await importAccount(shop.ctx, {})
    expect(report.counts.invoices).toMatchObject({ left_out: 0 })
    expect(await billsOf(organizationId)).toMatchObject([{ paid: 1000 }, { paid: 1000 }, { paid: 1000 }])
    const again = await importAccount(shop.ctx, {})
    expect(again.counts.invoices).toMatchObject({ created: 0 })
    expect(await billsOf(organizationId)).toHaveLength(3)
  })
})

describe('an organization’s own numbering', () => {
  it('is seen by nobody else, and goes neither back nor over a number', async () => {
    const one = await newCustomer()
    const other = await newCustomer()
    const seen = await inOrganization(shop.ctx.db, other.organizationId, ({ tx }) =>
      tx.execute(sql`select organization_id from billhook.invoice_sequences`),
    )
    expect((seen as unknown as { rows: unknown[] }).rows).toEqual([{ organization_id: other.organizationId }])
    for (const step of [-1, 0, 2]) {
      const moving = inOrganization(shop.ctx.db, one.organizationId, ({ tx }) =>
        tx.execute(sql`update billhook.invoice_sequences set last_number = last_number + ${step}`),
      )
      expect(await moving.then(() => 'nothing was refused', sqlState)).toBe('23514')
    }
  })
})
