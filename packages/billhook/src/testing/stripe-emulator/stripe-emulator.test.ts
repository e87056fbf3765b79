import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type StripeEmulator, startStripeEmulator } from './index.ts'

const start = new Date('2027-01-31T10:00:00Z')
let emulator: StripeEmulator
let stripe: Stripe

beforeEach(async () => {
  emulator = await startStripeEmulator({ clock: start })
  stripe = new Stripe(emulator.apiKey, {
    host: '127.0.0.1',
    port: emulator.port,
    protocol: 'http',
    maxNetworkRetries: 0,
  })
})
afterEach(() => emulator.stop())

async function openSession(subscriptionData: Stripe.Checkout.SessionCreateParams.SubscriptionData = {}) {
  const product = await stripe.products.create({ name: 'Pro' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'eur',
    unit_amount: 2000,
    recurring: { interval: 'month' },
    lookup_key: 'pro-monthly',
  })
  const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { organization: 'org_1' } })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    client_reference_id: 'org_1',
    line_items: [{ price: price.id, quantity: 2 }],
    subscription_data: { metadata: { organization: 'org_1' }, ...subscriptionData },
    success_url: 'http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1/back',
  })
  return { product, price, customer, session }
}

async function subscribe(card = '4242424242424242', data: Stripe.Checkout.SessionCreateParams.SubscriptionData = {}) {
  const made = await openSession(data)
  const { subscriptionId } = emulator.pay(made.session.id, { card })
  return { ...made, subscriptionId: subscriptionId ?? '' }
}

const typesSince = (position: number) => emulator.events.slice(position).map((event) => event.type)
const seconds = (iso: string) => Date.parse(iso) / 1000

describe('a subscription from checkout to its end', () => {
  it('is active once its session is paid, renews month by month on its anchor, and ends at the period end', async () => {
    const { session, subscriptionId, customer } = await subscribe()
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription', 'line_items'] })
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
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([])
    expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toHaveLength(1)
    expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(2)
  })

  it('has periods only on its items and none of the fields that basil removed', async () => {
    const { subscriptionId } = await subscribe()
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
    const { subscriptionId } = await subscribe()
    expect(emulator.events.map((event) => event.type)).toEqual([
      'customer.created',
      'customer.updated',
      'customer.subscription.created',
      'invoice.created',
      'customer.subscription.updated',
      'invoice.updated',
      'invoice.finalized',
      'invoice.updated',
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
    expect(typesSince(position)).toHaveLength(1)
  })

  it('are signed so that the official SDK accepts them, and refuses a changed body', async () => {
    await subscribe()
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
