import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, seconds, type TestAccount } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

describe('a subscription from checkout to its end', () => {
  it('is active once its session is paid, renews month by month on its anchor, and ends at the period end', async () => {
    const { emulator, stripe } = account
    const { sessionId, subscriptionId, customerId } = await account.subscribe()
    const complete = await stripe.checkout.sessions.retrieve(sessionId, { expand: ['subscription', 'line_items'] })
    expect(complete).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      client_reference_id: 'org_1',
      url: null,
    })
    expect(complete.subscription).toMatchObject({ id: subscriptionId, status: 'active' })
    expect(complete.line_items?.data[0]).toMatchObject({ quantity: 2, amount_total: 4000 })

    emulator.clock.advance('P28D')
    const renewed = await stripe.subscriptions.retrieve(subscriptionId)
    expect(renewed.items.data[0]).toMatchObject({
      current_period_start: seconds('2027-02-28T10:00:00Z'),
      current_period_end: seconds('2027-03-31T10:00:00Z'),
    })
    const invoices = await stripe.invoices.list({ subscription: subscriptionId })
    expect(invoices.data.map((invoice) => [invoice.billing_reason, invoice.status, invoice.amount_paid])).toEqual([
      ['subscription_cycle', 'paid', 4000],
      ['subscription_create', 'paid', 4000],
    ])

    const leaving = await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true })
    expect(leaving).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
      cancel_at: seconds('2027-03-31T10:00:00Z'),
    })
    emulator.clock.advance('P2M')
    const ended = await stripe.subscriptions.retrieve(subscriptionId)
    expect(ended).toMatchObject({ status: 'canceled', ended_at: seconds('2027-03-31T10:00:00Z') })
    expect((await stripe.subscriptions.list({ customer: customerId })).data).toEqual([])
    expect((await stripe.subscriptions.list({ customer: customerId, status: 'all' })).data).toHaveLength(1)
    expect((await stripe.invoices.list({ customer: customerId })).data).toHaveLength(2)
  })

  it('has periods only on its items and none of the fields that basil removed', async () => {
    const { stripe } = account
    const { subscriptionId } = await account.subscribe()
    const subscription = await stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice.payments'] })
    expect(Object.keys(subscription)).not.toContain('current_period_end')
    expect(subscription.billing_mode.type).toBe('flexible')
    const invoice = subscription.latest_invoice
    if (invoice === null || typeof invoice === 'string') throw new Error('not expanded')
    for (const gone of ['subscription', 'payment_intent', 'charge', 'paid', 'tax'])
      expect(invoice).not.toHaveProperty(gone)
    expect(invoice.parent?.subscription_details).toEqual({
      metadata: { organization: 'org_1' },
      subscription: subscriptionId,
    })
    expect(invoice.lines.data[0]?.pricing?.price_details).toEqual({
      price: subscription.items.data[0]?.price.id,
      product: subscription.items.data[0]?.price.product,
    })
    expect(invoice.payments?.data[0]).toMatchObject({ status: 'paid', payment: { type: 'payment_intent' } })
    expect(await stripe.invoices.retrieve(invoice.id ?? '')).not.toHaveProperty('payments')
  })
})

describe('events', () => {
  it('tell every change in order, with what was before', async () => {
    const { emulator, stripe } = account
    const { subscriptionId } = await account.subscribe()
    expect(emulator.events.map((event) => event.type)).toEqual([
      'customer.created',
      'customer.updated',
      'customer.subscription.created',
      'invoice.created',
      'customer.subscription.updated',
      'invoice.updated',
      'invoice.finalized',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'checkout.session.completed',
    ])
    const position = emulator.events.length
    await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true }, { idempotencyKey: 'leave' })
    const [event] = emulator.events.slice(position)
    expect(event).toMatchObject({
      type: 'customer.subscription.updated',
      api_version: '2026-10-28.endive',
      created: seconds('2027-01-31T10:00:00Z'),
      request: { idempotency_key: 'leave' },
      data: {
        object: { cancel_at_period_end: true },
        previous_attributes: { cancel_at_period_end: false, cancel_at: null, canceled_at: null },
      },
    })
    expect(emulator.events).toHaveLength(position + 1)
  })

  it('are signed so that the official SDK accepts them, and refuses a changed body', async () => {
    const { emulator, stripe } = account
    await account.subscribe()
    const secret = 'whsec_emulator'
    const deliveries = emulator.signed({ secret })
    expect(deliveries).toHaveLength(emulator.events.length)
    for (const { body, headers } of deliveries) {
      const event = stripe.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', secret)
      expect(event.object).toBe('event')
      expect(() => stripe.webhooks.constructEvent(`${body} `, headers['stripe-signature'] ?? '', secret)).toThrow()
    }
    expect(emulator.queued).toEqual([])
  })
})
