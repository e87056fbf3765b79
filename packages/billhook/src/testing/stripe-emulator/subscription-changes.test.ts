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

describe('items', () => {
  it('are added when no id is given, which is how a plan change goes wrong', async () => {
    const { subscriptionId } = await subscribed()
    const price = await account.createPrice(5000)
    const changed = await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ price }],
      proration_behavior: 'none',
    })
    expect(changed.items.data).toHaveLength(2)
  })

  it('change price and quantity by id, billing half a period at once when asked to', async () => {
    const { subscriptionId, itemId } = await subscribed()
    account.emulator.clock.advance('P15D')
    const price = await account.createPrice(5000)
    const preview = await account.stripe.invoices.createPreview({
      subscription: subscriptionId,
      subscription_details: { items: [{ id: itemId, price }], proration_behavior: 'always_invoice' },
    })
    const changed = await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, price }],
      proration_behavior: 'always_invoice',
    })
    expect(changed.items.data).toMatchObject([{ id: itemId, price: { id: price }, quantity: 2 }])
    const invoice = await latestInvoice(subscriptionId)
    expect(invoice).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
      total: 3000,
      amount_paid: 3000,
    })
    expect(invoice?.lines.data.map((line) => line.amount)).toEqual([-2000, 5000])
    expect(invoice?.lines.data[0]?.parent?.subscription_item_details).toMatchObject({ proration: true })
    expect(preview.total).toBe(3000)
  })

  it('keep prorations for the next invoice by default, and none where they are refused', async () => {
    const { subscriptionId, itemId } = await subscribed()
    account.emulator.clock.advance('P15D')
    await account.stripe.subscriptions.update(subscriptionId, { items: [{ id: itemId, quantity: 4 }] })
    expect((await latestInvoice(subscriptionId))?.billing_reason).toBe('subscription_create')
    account.emulator.clock.advance('P15D')
    expect(await latestInvoice(subscriptionId)).toMatchObject({
      billing_reason: 'subscription_cycle',
      total: 8000 + 2000,
    })
    await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, quantity: 1 }],
      proration_behavior: 'none',
    })
    account.emulator.clock.advance('P1M')
    expect(await latestInvoice(subscriptionId)).toMatchObject({ total: 2000 })
  })

  it('turn a downgrade into credit that pays the next invoice', async () => {
    const { subscriptionId, itemId, customerId } = await subscribed()
    account.emulator.clock.advance('P15D')
    const items = [{ id: itemId, quantity: 1 }]
    await account.stripe.subscriptions.update(subscriptionId, { items, proration_behavior: 'always_invoice' })
    expect(await latestInvoice(subscriptionId)).toMatchObject({
      status: 'paid',
      total: -1000,
      amount_due: 0,
      ending_balance: -1000,
    })
    expect(account.emulator.state.customers.get(customerId)?.balance).toBe(-1000)
    account.emulator.clock.advance('P15D')
    expect(await latestInvoice(subscriptionId)).toMatchObject({
      total: 2000,
      amount_due: 1000,
      amount_paid: 1000,
      ending_balance: 0,
    })
  })

  it('start a new cycle when the interval changes', async () => {
    const { subscriptionId, itemId } = await subscribed()
    account.emulator.clock.advance('P15D')
    const price = await account.createPrice(20_000, { interval: 'year' })
    const changed = await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, price, quantity: 1 }],
    })
    expect(changed.items.data[0]).toMatchObject({
      current_period_start: seconds('2027-04-16T00:00:00Z'),
      current_period_end: seconds('2028-04-16T00:00:00Z'),
    })
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'paid', total: 18_000 })
  })
})

describe('a change that is not paid', () => {
  it('is held back with pending_if_incomplete until its invoice is paid on its page', async () => {
    const { subscriptionId, itemId } = await subscribed('4000000000000341')
    account.emulator.clock.advance('P15D')
    const held = await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, quantity: 4 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
    })
    expect(held).toMatchObject({ status: 'active', pending_update: { subscription_items: [{ quantity: 4 }] } })
    expect(held.items.data[0]?.quantity).toBe(2)
    const invoice = await latestInvoice(subscriptionId)
    const answer = await fetch(invoice?.hosted_invoice_url ?? '', {
      method: 'POST',
      body: new URLSearchParams({ card: '4242424242424242' }),
    })
    expect(answer.status).toBe(200)
    const changed = await account.stripe.subscriptions.retrieve(subscriptionId)
    expect(changed).toMatchObject({ status: 'active', pending_update: null, items: { data: [{ quantity: 4 }] } })
  })

  it('is forgotten after 23 hours, its invoice void', async () => {
    const { subscriptionId, itemId } = await subscribed('4000000000000341')
    await account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, quantity: 4 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    })
    account.emulator.clock.advance('PT23H')
    expect(await latestInvoice(subscriptionId)).toMatchObject({ status: 'void' })
    expect(await account.stripe.subscriptions.retrieve(subscriptionId)).toMatchObject({
      pending_update: null,
      items: { data: [{ quantity: 2 }] },
    })
  })

  it('leaves no trace with error_if_incomplete', async () => {
    const { subscriptionId, itemId } = await subscribed('4000000000000341')
    const position = account.emulator.events.length
    const call = account.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: itemId, quantity: 4 }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'error_if_incomplete',
    })
    await expect(call).rejects.toMatchObject({ type: 'StripeCardError', code: 'card_declined' })
    expect(account.emulator.events).toHaveLength(position)
  })
})
