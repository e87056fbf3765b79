import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, seconds, type TestAccount } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount({ clock: new Date('2027-04-01T00:00:00Z') })
})
afterEach(() => account.emulator.stop())

async function subscribed(card?: string) {
  const { subscriptionId, customerId } = await account.subscribe(card)
  const subscription = await account.stripe.subscriptions.retrieve(subscriptionId)
  return { subscriptionId, customerId, itemId: subscription.items.data[0]?.id ?? '' }
}

const latestInvoice = async (subscription: string) => (await account.stripe.invoices.list({ subscription })).data[0]

describe('the end', () => {
  it('has two fields, each taken back by its own', async () => {
    const { subscriptionId } = await subscribed()
    const { stripe } = account
    const cancel_at = seconds('2027-06-15T00:00:00Z')
    expect(await stripe.subscriptions.update(subscriptionId, { cancel_at })).toMatchObject({
      cancel_at,
      cancel_at_period_end: false,
    })
    expect((await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: false })).cancel_at).toBe(
      cancel_at,
    )
    expect(await stripe.subscriptions.update(subscriptionId, { cancel_at: '' })).toMatchObject({
      cancel_at: null,
      canceled_at: null,
    })
    await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true })
    expect(await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: false })).toMatchObject({
      cancel_at: null,
      canceled_at: null,
    })
    await expect(
      stripe.subscriptions.update(subscriptionId, { cancel_at, cancel_at_period_end: true }),
    ).rejects.toMatchObject({
      code: 'parameters_exclusive',
    })
  })

  it('is final: no update but of details, and no second cancel', async () => {
    const { subscriptionId } = await subscribed()
    const { stripe, emulator } = account
    const ended = await stripe.subscriptions.cancel(subscriptionId, { cancellation_details: { comment: 'too dear' } })
    expect(ended).toMatchObject({
      status: 'canceled',
      ended_at: seconds('2027-04-01T00:00:00Z'),
      cancellation_details: { comment: 'too dear' },
    })
    expect(emulator.events.at(-1)?.type).toBe('customer.subscription.deleted')
    await expect(stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: false })).rejects.toMatchObject({
      statusCode: 400,
      code: 'invalid_canceled_subscription_fields',
    })
    expect((await stripe.subscriptions.update(subscriptionId, { metadata: { note: 'kept' } })).metadata.note).toBe(
      'kept',
    )
    await expect(stripe.subscriptions.cancel(subscriptionId)).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
    const { length } = emulator.events
    emulator.clock.advance('P1Y')
    expect(emulator.events).toHaveLength(length)
  })
})

describe('trials and pauses', () => {
  it('begin with a paid invoice over nothing, announce their end, and are billed after it', async () => {
    const { emulator, stripe } = account
    const { subscriptionId, sessionId } = await account.subscribe(undefined, { trial_period_days: 14 })
    expect(await stripe.checkout.sessions.retrieve(sessionId)).toMatchObject({
      payment_status: 'no_payment_required',
      amount_total: 0,
    })
    expect(await stripe.subscriptions.retrieve(subscriptionId)).toMatchObject({
      status: 'trialing',
      trial_end: seconds('2027-04-15T00:00:00Z'),
    })
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'paid', total: 0 })
    emulator.clock.advance('P11D')
    expect(emulator.events.at(-1)?.type).toBe('customer.subscription.trial_will_end')
    emulator.clock.advance('P3D')
    const billed = await stripe.subscriptions.retrieve(subscriptionId)
    expect(billed).toMatchObject({
      status: 'active',
      items: { data: [{ current_period_end: seconds('2027-05-15T00:00:00Z') }] },
    })
    expect(await latestInvoice(subscriptionId)).toMatchObject({
      status: 'paid',
      total: 4000,
      billing_reason: 'subscription_cycle',
    })
  })

  it('end at once with trial_end now', async () => {
    const { stripe } = account
    const { subscriptionId } = await account.subscribe(undefined, { trial_period_days: 14 })
    await stripe.subscriptions.update(subscriptionId, { trial_end: 'now' })
    expect((await stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active')
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'paid', total: 4000 })
  })

  it('of collection keep the status, move the period and void what they bill', async () => {
    const { emulator, stripe } = account
    const { subscriptionId } = await subscribed()
    const resumes_at = seconds('2027-05-15T00:00:00Z')
    await stripe.subscriptions.update(subscriptionId, { pause_collection: { behavior: 'void', resumes_at } })
    emulator.clock.advance('P1M')
    expect((await stripe.subscriptions.retrieve(subscriptionId)).status).toBe('active')
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'void' })
    emulator.clock.advance('P1M')
    expect((await stripe.subscriptions.retrieve(subscriptionId)).pause_collection).toBeNull()
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'paid' })
  })
})

describe('subscriptions made by the API', () => {
  it('need a payment method, and pay by it', async () => {
    const { stripe } = account
    const price = await account.createPrice(1000)
    const customer = await stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    })
    const made = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price }],
      cancel_at_period_end: true,
    })
    expect(made).toMatchObject({ status: 'active', cancel_at_period_end: true })
    const poor = await stripe.customers.create({})
    await expect(stripe.subscriptions.create({ customer: poor.id, items: [{ price }] })).rejects.toMatchObject({
      statusCode: 400,
    })
    const dollars = await account.createPrice(1000, { currency: 'usd' })
    await expect(stripe.subscriptions.create({ customer: customer.id, items: [{ price: dollars }] })).rejects.toThrow(
      'combine currencies',
    )
  })
})
