import { describe, expect, it } from 'vitest'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'

const billsOf = async (shop: PaypalShop) =>
  (await shop.invoices()).toReversed().map(({ number, status, total, tax, amount_paid }) => ({
    number: number?.split('-')[1],
    status,
    total,
    tax,
    paid: amount_paid,
  }))
const allProcessed = async (shop: PaypalShop) =>
  (await shop.inbox()).filter(({ status }) => status !== 'processed' && status !== 'ignored')

describe('a subscription at PayPal', () => {
  it('is there when the buyer comes back, before any webhook, and webhooks change nothing of it', async () => {
    const shop = await paypalShopFor()
    const { json: session } = await shop.checkout()
    expect(session).toMatchObject({ provider: 'paypal', status: 'open', url: expect.stringContaining('ba_token') })
    shop.emulator.approve(session.external_session_id ?? '')
    const looked = await shop.call<{ status: string }>('GET', `/checkout-sessions/${session.id}/`)
    expect(looked.json.status).toBe('complete')
    const returned = await shop.current()
    expect(returned).toMatchObject({ status: 'active', provider: 'paypal', plan_key: 'pro', access: { allowed: true } })
    await shop.deliver({ order: 'shuffled' })
    expect(await shop.current()).toMatchObject({
      id: returned.id,
      status: 'active',
      paid_through_at: returned.current_period_end,
    })
    expect(await billsOf(shop)).toEqual([{ number: '0001', status: 'paid', total: 4900, tax: 0, paid: 4900 }])
    expect(await shop.toldTypes('subscription.created')).toHaveLength(1)
    expect(await shop.toldTypes('invoice.paid')).toHaveLength(1)
    expect([await allProcessed(shop), await shop.alerts()]).toEqual([[], []])
  })

  it('renews into periods without a gap, with a numbered bill for each and its tax', async () => {
    const shop = await paypalShopFor({ paypal: { taxPercentage: '19' } })
    await shop.subscribe()
    await shop.advance('P32D')
    await shop.advance('P30D')
    const bill = { status: 'paid', total: 5831, tax: 931, paid: 5831 }
    expect(await billsOf(shop)).toEqual(['0001', '0002', '0003'].map((number) => ({ number, ...bill })))
    const current = await shop.current()
    expect(current).toMatchObject({ status: 'active', paid_through_at: current.current_period_end })
    expect(await shop.toldTypes('subscription.renewed')).toHaveLength(2)
    expect([await allProcessed(shop), await shop.alerts()]).toEqual([[], []])
  })

  it('has a trial that is paid time, a bill of nothing, and then a paid one', async () => {
    const shop = await paypalShopFor({ trialDays: 14 })
    expect(await shop.subscribe()).toMatchObject({ status: 'trialing', paid_through_at: '2026-03-16T12:00:00.000Z' })
    await shop.advance('P15D')
    expect(await shop.current()).toMatchObject({ status: 'active', trial_end: '2026-03-16T12:00:00.000Z' })
    expect(await billsOf(shop)).toMatchObject([
      { total: 0, status: 'paid' },
      { total: 4900, status: 'paid' },
    ])
    expect([await allProcessed(shop), await shop.alerts()]).toEqual([[], []])
  })

  it('whose money fails owes a bill, which the next charge pays together with its own', async () => {
    const shop = await paypalShopFor()
    const id = (await shop.subscribe({ funding: 'fails_later' })).external_subscription_id
    await shop.advance('P32D')
    expect(await shop.current()).toMatchObject({ status: 'past_due', access: { allowed: true, reason: 'grace' } })
    expect(await billsOf(shop)).toMatchObject([{ status: 'paid' }, { status: 'open', paid: 0 }])
    await shop.advance('P11D')
    expect((await shop.current()).access).toMatchObject({ allowed: false })
    shop.emulator.changeFunding(id ?? '', 'pays')
    await shop.advance('P20D')
    expect(await billsOf(shop)).toMatchObject(
      ['0001', '0002', '0003'].map((number) => ({ number, status: 'paid', paid: 4900 })),
    )
    const current = await shop.current()
    expect(current).toMatchObject({
      status: 'active',
      access: { allowed: true },
      paid_through_at: current.current_period_end,
    })
    expect(await shop.toldTypes('invoice.payment_failed')).not.toEqual([])
    expect(await allProcessed(shop)).toEqual([])
  })

  it('changes its plan only once the buyer agreed at PayPal', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe()
    await shop.advance('P10D')
    const { json } = await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'none' })
    expect(json).toMatchObject({
      outcome: 'requires_approval',
      approval_url: expect.stringContaining('ba_token'),
      subscription: { plan_key: 'pro' },
    })
    await shop.deliver()
    const { organization: organizationId } = shop
    expect(await shop.billing.checkFeatureAccess({ organizationId, feature: 'business' })).toBe(false)
    const { approval_url } = json as unknown as { approval_url: string }
    shop.emulator.approve(approval_url)
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ plan_key: 'business', pending_change: null })
    expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
    await shop.advance('P22D')
    expect(await billsOf(shop)).toMatchObject([{ total: 4900 }, { total: 9900, status: 'paid' }])
    expect([await allProcessed(shop), await shop.alerts()]).toEqual([[], []])
  })

  it('cancelled now has ended, cancelled at PayPal too, and can be bought again', async () => {
    const shop = await paypalShopFor()
    const first = await shop.subscribe()
    const { json } = await shop.manage('cancel', { at_period_end: false })
    expect(json.subscription).toMatchObject({ status: 'canceled' })
    await shop.deliver()
    const second = await shop.subscribe()
    expect(second).toMatchObject({ status: 'active' })
    expect(second.id).not.toBe(first.id)
    shop.emulator.cancelAtPaypal(second.external_subscription_id ?? '')
    await shop.deliver()
    // Nobody refunded it: what was paid for stays.
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: true } })
    expect(await allProcessed(shop)).toEqual([])
  })

  it('gives money back in parts, told by its webhooks once', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe()
    const { json } = await shop.call<{ data: Array<{ id: string }> }>('GET', '/payments/')
    const refund = { amount: 1900, reason: 'requested_by_customer' }
    const made = await shop.call<{ status: string }>('POST', `/payments/${json.data[0]?.id}/refund/`, refund)
    expect(made.status).toBeLessThan(300)
    await shop.deliver({ duplicate: 1 })
    expect((await shop.invoices())[0]).toMatchObject({ status: 'paid', amount_refunded: 1900 })
    expect(await shop.toldTypes('payment.refunded')).toHaveLength(1)
    expect(await allProcessed(shop)).toEqual([])
  })

  it('whose sale was reversed by the bank shows the money as gone', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe()
    const [sale] = shop.emulator.state.sales.values()
    shop.emulator.reverseSale(sale?.id ?? '')
    await shop.deliver()
    expect((await shop.invoices())[0]).toMatchObject({ amount_refunded: 4900 })
    expect(await allProcessed(shop)).toEqual([])
  })

  it('is the same after a reconciliation, which finds nothing to repair', async () => {
    const shop = await paypalShopFor()
    await shop.subscribe({ funding: 'fails_later' })
    await shop.advance('P32D')
    const before = [await shop.current(), await shop.invoices()]
    const report = await shop.billing.reconcile({ provider: 'paypal', dryRun: false })
    expect(report).toMatchObject({ status: 'completed' })
    expect([await shop.current(), await shop.invoices()]).toEqual(before)
  })
})
