import type Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

let account: TestAccount
beforeEach(async () => {
  account = await openTestAccount({ clock: new Date('2027-04-01T00:00:00Z'), settings: { taxPercent: 10 } })
})
afterEach(() => account.emulator.stop())

type SessionParams = Partial<Stripe.Checkout.SessionCreateParams>
async function open(more: SessionParams) {
  const [price, customer] = [await account.createPrice(2000), await account.stripe.customers.create({})]
  return account.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price, quantity: 1 }],
    success_url: 'http://127.0.0.1/done',
    ...more,
  })
}

describe('coupons', () => {
  it.each<[string, Stripe.CouponCreateParams]>([
    ['neither percent nor amount', {}],
    ['both', { percent_off: 10, amount_off: 100, currency: 'eur' }],
    ['an amount of nothing known', { amount_off: 100 }],
    ['more than everything', { percent_off: 101 }],
    ['months without end', { percent_off: 10, duration: 'repeating' }],
    ['an end in the past', { percent_off: 10, redeem_by: 1 }],
    ['a name that is too long', { percent_off: 10, name: 'x'.repeat(41) }],
  ])('cannot be %s', async (_, params) => {
    await expect(account.stripe.coupons.create(params)).rejects.toMatchObject({ statusCode: 400 })
  })

  it('are redeemed as often as they allow, and their codes are taken once', async () => {
    const { stripe, emulator } = account
    const coupon = await stripe.coupons.create({ percent_off: 50, max_redemptions: 1, id: 'HALF' })
    const promotion = { type: 'coupon' as const, coupon: coupon.id }
    await stripe.promotionCodes.create({ promotion, code: 'HALF' })
    await expect(stripe.promotionCodes.create({ promotion, code: 'HALF' })).rejects.toMatchObject({ statusCode: 400 })
    await expect(stripe.coupons.create({ percent_off: 50, id: 'HALF' })).rejects.toMatchObject({
      code: 'resource_already_exists',
    })
    const session = await open({ discounts: [{ coupon: 'HALF' }] })
    emulator.pay(session.id, { card: '4242424242424242' })
    expect((await stripe.coupons.retrieve('HALF')).times_redeemed).toBe(1)
    await expect(open({ discounts: [{ coupon: 'HALF' }] })).rejects.toMatchObject({ code: 'coupon_expired' })
  })
})

describe('a checkout session', () => {
  it.each<[string, SessionParams]>([
    ['a coupon beside a field for codes', { discounts: [{ coupon: 'TEN' }], allow_promotion_codes: true }],
    ['tax ids without leave to change the name', { tax_id_collection: { enabled: true } }],
    ['tax without leave to change the address', { automatic_tax: { enabled: true } }],
    ['no seat at all', { line_items: [{ price: 'price_emu_000001', quantity: 0 }] }],
    ['a page that is none', { success_url: 'nowhere' }],
  ])('is refused with %s', async (_, params) => {
    await account.stripe.coupons.create({ id: 'TEN', percent_off: 10 })
    await expect(open(params)).rejects.toMatchObject({ statusCode: 400 })
  })

  it('makes bills with discount and tax, which previews show by the same code', async () => {
    const { stripe, emulator } = account
    await stripe.coupons.create({ id: 'TEN', percent_off: 10, duration: 'forever' })
    const session = await open({
      discounts: [{ coupon: 'TEN' }],
      automatic_tax: { enabled: true },
      customer_update: { address: 'auto' },
    })
    const { subscriptionId } = emulator.pay(session.id, { card: '4242424242424242' })
    const subscription = subscriptionId ?? ''
    const bill = { subtotal: 2000, total_excluding_tax: 1800, total: 1980 }
    const parts = { total_discount_amounts: [{ amount: 200 }], total_taxes: [{ amount: 180, taxable_amount: 1800 }] }
    expect((await stripe.invoices.list({ subscription })).data[0]).toMatchObject({ ...bill, ...parts })
    const next = await stripe.invoices.createPreview({ subscription })
    expect(next).toMatchObject({ ...bill, ...parts, billing_reason: 'upcoming' })
    const recurring = await stripe.invoices.createPreview({ subscription, preview_mode: 'recurring' })
    expect(recurring).toMatchObject(bill)
    emulator.clock.advance('P1M')
    expect((await stripe.invoices.list({ subscription })).data[0]).toMatchObject({ ...bill, ...parts })
  })

  it('paid by a bank debit is complete and unpaid, until its money comes or does not', async () => {
    const { stripe, emulator } = account
    for (const [outcome, status, event] of [
      ['paid', 'active', 'checkout.session.async_payment_succeeded'],
      ['declined', 'incomplete', 'checkout.session.async_payment_failed'],
    ] as const) {
      const session = await open({})
      const paid = emulator.pay(session.id, { card: 'DE89370400440532013000' })
      expect(paid.outcome).toBe('processing')
      expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
        status: 'complete',
        payment_status: 'unpaid',
      })
      emulator.clock.advance('P2D')
      const { latest_invoice } = await stripe.subscriptions.retrieve(paid.subscriptionId ?? '')
      emulator.clearPayment(String(latest_invoice), outcome)
      expect((await stripe.subscriptions.retrieve(paid.subscriptionId ?? '')).status).toBe(status)
      expect(emulator.events.at(-1)?.type).toBe(event)
    }
  })
})

describe('meter events', () => {
  const event = (more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
    account.stripe.billing.meterEvents.create({
      event_name: 'calls',
      payload: { stripe_customer_id: 'cus_1', value: '3' },
      identifier: 'one',
      ...more,
    })

  it('are taken once for each identifier', async () => {
    expect(await event()).toMatchObject({ object: 'billing.meter_event', identifier: 'one', payload: { value: '3' } })
    await expect(event()).rejects.toMatchObject({ statusCode: 400, code: 'duplicate_meter_event' })
    expect(await event({ identifier: 'two' })).toMatchObject({ identifier: 'two' })
  })

  it('are of the last 35 days, or up to 5 minutes ahead', async () => {
    const now = account.emulator.clock.now().getTime() / 1000
    await expect(event({ timestamp: now - 35 * 86_400 - 1 })).rejects.toMatchObject({
      code: 'timestamp_too_far_in_past',
    })
    await expect(event({ timestamp: now + 301 })).rejects.toMatchObject({ code: 'timestamp_in_future' })
    expect(await event({ timestamp: now + 300 })).toMatchObject({ timestamp: now + 300 })
  })
})

describe('disputes', () => {
  it('hold a payment back from refunds, and are read by their id', async () => {
    const { stripe, emulator } = account
    await account.subscribe()
    const payment_intent = [...emulator.state.paymentIntents.keys()][0] ?? ''
    const id = emulator.openDispute(payment_intent)
    expect(await stripe.disputes.retrieve(id)).toMatchObject({ payment_intent, status: 'needs_response' })
    await expect(stripe.refunds.create({ payment_intent })).rejects.toMatchObject({ code: 'charge_disputed' })
    emulator.closeDispute(id, 'won')
    expect(emulator.events.map(({ type }) => type).filter((type) => type.startsWith('charge.dispute'))).toEqual([
      ...['charge.dispute.created', 'charge.dispute.funds_withdrawn'],
      ...['charge.dispute.funds_reinstated', 'charge.dispute.closed'],
    ])
  })
})
