import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

const typesSince = (position: number) => account.emulator.events.slice(position).map((event) => event.type)

async function paymentOf(invoiceId: string) {
  const { data } = await account.stripe.invoicePayments.list({ invoice: invoiceId })
  const intent = data[0]?.payment.payment_intent
  if (typeof intent !== 'string') throw new Error('the invoice has no payment')
  return intent
}

describe('cards on the hosted page', () => {
  it('leave the session open and make nothing when declined, and send the customer back when paid', async () => {
    const { emulator, stripe } = account
    const { session } = await account.openSession()
    const post = (card: string) =>
      fetch(session.url ?? '', { method: 'POST', body: new URLSearchParams({ card }), redirect: 'manual' })
    expect((await fetch(session.url ?? '')).status).toBe(200)
    expect((await post('4000000000000002')).status).toBe(402)
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'open', subscription: null })
    expect(emulator.state.subscriptions.size + emulator.state.invoices.size).toBe(0)
    const paid = await post('4242424242424242')
    expect(paid.status).toBe(303)
    expect(paid.headers.get('location')).toBe(`http://127.0.0.1/done?session=${session.id}`)
    expect((await fetch(`${emulator.baseUrl}/c/pay/${session.id}`)).status).toBe(410)
  })

  it('leave the subscription incomplete until the bank is asked, and complete the session then', async () => {
    const { emulator, stripe } = account
    const { session } = await account.openSession()
    const { outcome, subscriptionId } = emulator.pay(session.id, { card: '4000002500003155' })
    expect(outcome).toBe('requires_action')
    const waiting = await stripe.subscriptions.retrieve(subscriptionId ?? '', {
      expand: ['latest_invoice.confirmation_secret'],
    })
    expect(waiting).toMatchObject({
      status: 'incomplete',
      latest_invoice: { status: 'open', confirmation_secret: { type: 'payment_intent' } },
    })
    expect(emulator.events.at(-1)?.type).toBe('invoice.payment_action_required')
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
    })
    expect(emulator.confirm(subscriptionId ?? '')).toBe('paid')
    expect((await stripe.subscriptions.retrieve(subscriptionId ?? '')).status).toBe('active')
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      subscription: subscriptionId,
    })
    emulator.clock.advance('P1M')
    expect((await stripe.subscriptions.retrieve(subscriptionId ?? '')).status).toBe('active')
  })

  it('that are never confirmed end the subscription after 23 hours', async () => {
    const { emulator, stripe } = account
    const { session } = await account.openSession()
    const { subscriptionId } = emulator.pay(session.id, { card: '4000002500003155' })
    const position = emulator.events.length
    emulator.clock.advance('PT23H')
    expect((await stripe.subscriptions.retrieve(subscriptionId ?? '')).status).toBe('incomplete_expired')
    expect(typesSince(position)).toContain('invoice.voided')
  })

  it('expire with their session when nobody pays', async () => {
    const { emulator, stripe } = account
    const { session } = await account.openSession()
    emulator.clock.advance('P1D')
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null })
    expect(typesSince(-1)).toEqual(['checkout.session.expired'])
    const again = stripe.checkout.sessions.expire(session.id)
    await expect(again).rejects.toMatchObject({ statusCode: 400 })
  })
})

describe('renewals', () => {
  it('that fail make the subscription past due, are retried, and recover with a new card', async () => {
    const { emulator, stripe } = account
    const { customerId, subscriptionId } = await account.subscribe('4000000000000341')
    const position = emulator.events.length
    emulator.clock.advance('P28D')
    expect(typesSince(position)).toEqual([
      'invoice.created',
      'customer.subscription.updated',
      'invoice.updated',
      'invoice.finalized',
      'invoice.updated',
      'customer.updated',
      'invoice.payment_failed',
      'customer.subscription.updated',
    ])
    const late = await stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice'] })
    expect(late).toMatchObject({
      status: 'past_due',
      latest_invoice: { status: 'open', attempt_count: 1, amount_remaining: 4000 },
    })
    await expect(stripe.invoices.pay([...emulator.state.invoices.keys()][1] ?? '')).rejects.toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
    })
    emulator.replaceCard(customerId, '4242424242424242')
    emulator.clock.advance('P7D')
    expect((await stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active')
    expect((await stripe.invoices.list({ customer: customerId, status: 'paid' })).data).toHaveLength(2)
  })

  it('end the subscription after the last retry where the account is set so', async () => {
    await account.emulator.stop()
    account = await openTestAccount({ settings: { afterLastRetry: 'canceled' } })
    const { subscriptionId } = await account.subscribe('4000000000000341')
    account.emulator.clock.advance('P28D')
    account.emulator.clock.advance('P15D')
    expect(await account.stripe.subscriptions.retrieve(subscriptionId)).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'payment_failed' },
    })
  })

  it('stay drafts for as long as the account is set to', async () => {
    await account.emulator.stop()
    account = await openTestAccount({ settings: { draftSeconds: 3600 } })
    const { subscriptionId } = await account.subscribe()
    account.emulator.clock.advance('P28D')
    const newest = async () => (await account.stripe.invoices.list({ subscription: subscriptionId })).data[0]
    expect(await newest()).toMatchObject({ status: 'draft', number: null })
    account.emulator.clock.advance('PT1H')
    expect(await newest()).toMatchObject({ status: 'paid', number: expect.stringContaining('-0002') })
  })
})

describe('invoices', () => {
  it('are paid outside of Stripe without a payment that succeeded', async () => {
    const { emulator, stripe } = account
    const { subscriptionId } = await account.subscribe('4000000000000341')
    emulator.clock.advance('P28D')
    const position = emulator.events.length
    const { latest_invoice } = await stripe.subscriptions.retrieve(subscriptionId)
    const paid = await stripe.invoices.pay(String(latest_invoice), { paid_out_of_band: true, expand: ['payments'] })
    expect(paid).toMatchObject({
      status: 'paid',
      amount_paid_off_stripe: 4000,
      payments: { data: [{ status: 'canceled' }] },
    })
    expect(typesSince(position)).toContain('invoice.paid')
    expect(typesSince(position)).not.toContain('invoice.payment_succeeded')
    expect((await stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active')
  })

  it('settle the subscription when they are voided or given up', async () => {
    const { emulator, stripe } = account
    const { subscriptionId } = await account.subscribe('4000000000000341')
    emulator.clock.advance('P28D')
    const { latest_invoice } = await stripe.subscriptions.retrieve(subscriptionId)
    expect(await stripe.invoices.markUncollectible(String(latest_invoice))).toMatchObject({ status: 'uncollectible' })
    expect(await stripe.invoices.voidInvoice(String(latest_invoice))).toMatchObject({
      status: 'void',
      amount_remaining: 0,
    })
    expect((await stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active')
  })
})

describe('refunds', () => {
  it('give back a part and then the rest, and never more than was paid', async () => {
    const { emulator, stripe } = account
    const { subscriptionId } = await account.subscribe()
    const { latest_invoice } = await stripe.subscriptions.retrieve(subscriptionId)
    const payment_intent = await paymentOf(String(latest_invoice))
    const position = emulator.events.length
    const part = await stripe.refunds.create({ payment_intent, amount: 1500, reason: 'requested_by_customer' })
    expect(part).toMatchObject({ amount: 1500, status: 'succeeded', payment_intent })
    await expect(stripe.refunds.create({ payment_intent, amount: 2501 })).rejects.toMatchObject({ statusCode: 400 })
    expect((await stripe.refunds.create({ payment_intent })).amount).toBe(2500)
    await expect(stripe.refunds.create({ payment_intent })).rejects.toMatchObject({ code: 'charge_already_refunded' })
    expect(typesSince(position)).toEqual(['refund.created', 'charge.refunded', 'refund.created', 'charge.refunded'])
    const intent = await stripe.paymentIntents.retrieve(payment_intent, { expand: ['latest_charge'] })
    expect(intent).toMatchObject({ status: 'succeeded', latest_charge: { refunded: true, amount_refunded: 4000 } })
    expect((await stripe.invoices.retrieve(String(latest_invoice))).status).toBe('paid')
  })
})
