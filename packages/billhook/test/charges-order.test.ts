import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import { deliver, forget, openInbox } from './support/deliveries.ts'
import { cards, openShop, type Shop, sandboxOf, selectRows } from './support/sandbox-shop.ts'

/**
 * Every bill, payment and paid time that deliveries decide. Which numbers bills got, and which were withdrawn when more was known, is the
 * story of the deliveries and not of the money.
 */
async function stateOf(shop: Shop) {
  const bills = await selectRows(
    shop.billing,
    `select split_part(i.external_invoice_id, '~', 1) as id, i.status, i.billing_reason, i.subtotal, i.tax, i.total, i.amount_due, i.amount_paid, i.amount_remaining,
       i.amount_refunded, i.period_start, i.period_end, i.due_at, i.paid_at, i.attempt_count, i.next_payment_attempt_at,
       (select json_agg(json_build_array(l.description, l.amount, l.quantity, p.key) order by l.ordinal)
          from billhook.invoice_lines l left join billhook.prices p on p.id = l.price_id where l.invoice_id = i.id) as lines,
       (select json_agg(json_build_array(p.external_payment_id, a.amount) order by p.external_payment_id)
          from billhook.payment_allocations a join billhook.payments p on p.id = a.payment_id where a.invoice_id = i.id) as paid_by
     from billhook.invoices i where i.status <> 'void' order by 1`,
  )
  const payments = await selectRows(
    shop.billing,
    `select external_payment_id, status, amount, tax, amount_refunded, next_attempt_at, decline_code, attempted_at
     from billhook.payments order by 1`,
  )
  const refunds = await selectRows(
    shop.billing,
    'select external_refund_id, status, amount from billhook.refunds order by 1',
  )
  const subscriptions = await selectRows(
    shop.billing,
    `select b.external_status, s.status, s.paid_through_at, s.grace_started_at, s.current_period_end, s.ended_at, s.cycle_no
     from billhook.bindings b join billhook.subscriptions s on s.id = b.subscription_id`,
  )
  return { bills, payments, refunds, subscriptions }
}

/** A year of a customer who pays late, changes the plan, gets money back and leaves. */
async function liveThrough(shop: Shop): Promise<void> {
  const session = await shop.checkout('trial-monthly')
  await shop.pay(session.url, cards.failsLater)
  await shop.settle()
  await deliver(shop, shop.deliveries)
  // Two cycles fail with all that is tried of them; the third collects what is owed with what is due.
  await shop.advance('P14D')
  await shop.advance('P8D')
  await shop.advance('P1M')
  await deliver(shop, shop.deliveries)
  const { organizationId } = shop
  const { id } = await shop.current()
  const of = { organizationId, subscriptionId: id }
  const { url } = await shop.billing.updatePaymentMethod({ ...of, returnUrl: 'https://a.test/back' })
  await shop.pay(url, cards.pays)
  await shop.advance('P1M')
  await deliver(shop, shop.deliveries)
  await shop.billing.updateSubscriptionPlan({ ...of, priceId: 'team-monthly', proration: 'none' })
  for (let months = 0; months < 3; months++) await shop.advance('P1M')
  await deliver(shop, shop.deliveries)
  const [last] = (await shop.billing.listPayments({ organizationId, limit: 1 })).data
  await shop.billing.refundPayment({
    organizationId,
    paymentId: last?.id ?? '',
    amount: 700,
    reason: 'requested_by_customer',
  })
  await shop.billing.cancelSubscription({ ...of, atPeriodEnd: true })
  for (let months = 0; months < 6; months++) await shop.advance('P1M')
}

describe('a year of charges', () => {
  let shop: Shop
  let inOrder: Awaited<ReturnType<typeof stateOf>>
  beforeAll(async () => {
    shop = await openShop({ capture: true, providers: { sandbox: sandboxProvider({ documents: false }) } })
    await liveThrough(shop)
    await forget(shop)
    await deliver(shop, shop.deliveries)
    inOrder = await stateOf(shop)
  })
  afterAll(() => shop.close())

  it('ends in the bills that the charges pay, when it is told in order', async () => {
    expect(await openInbox(shop)).toEqual([])
    const shown = inOrder.bills.map((bill) => [bill.status, Number(bill.total), Number(bill.amount_refunded)])
    expect(shown).toEqual([
      ['paid', 2000, 0],
      ['paid', 2000, 0],
      ['paid', 2000, 0],
      ['paid', 3000, 0],
      ['paid', 3000, 0],
      ['paid', 3000, 700],
      ['paid', 0, 0],
    ])
    const [subscription] = await sandboxOf(shop.billing)
      .listSubscriptions({})
      .then(({ data }) => data)
    expect(inOrder.subscriptions).toMatchObject([{ status: 'canceled' }])
    expect(new Date(String(inOrder.subscriptions[0]?.paid_through_at))).toEqual(subscription?.endedAt)
  })

  it('ends the same in any order and any number of deliveries', async () => {
    const all = fc.array(fc.nat({ max: shop.deliveries.length - 1 }), { maxLength: 6 }).chain((repeats) => {
      const indexes = [...shop.deliveries.keys(), ...repeats]
      return fc.shuffledSubarray(indexes, { minLength: indexes.length })
    })
    await fc.assert(
      fc.asyncProperty(all, async (order) => {
        await forget(shop)
        await deliver(
          shop,
          order.flatMap((index) => shop.deliveries[index] ?? []),
        )
        expect(await openInbox(shop)).toEqual([])
        expect(await stateOf(shop)).toEqual(inOrder)
      }),
      { seed: 20260131, numRuns: 4, endOnFailure: true },
    )
  })
})
