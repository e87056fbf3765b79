import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, seconds, type TestAccount } from './test-account.ts'

let account: TestAccount
let id: string

beforeEach(async () => {
  account = await openTestAccount({ clock: new Date('2027-04-01T00:00:00Z') })
  id = (await account.subscribe()).subscriptionId
})
afterEach(() => account.emulator.stop())

const typesSince = (position: number) => account.emulator.events.slice(position).map((event) => event.type)

describe('a paused subscription', () => {
  it('says why and since when, makes no invoices, and starts anew when it goes on', async () => {
    const { stripe, emulator } = account
    emulator.clock.advance('P15D')
    const position = emulator.events.length
    const paused = await stripe.subscriptions.pause(id, { type: 'subscription' })
    expect(paused).toMatchObject({
      status: 'paused',
      status_details: {
        paused: {
          type: 'subscription',
          subscription: { type: 'pause_requested' },
          transitioned_at: seconds('2027-04-16T00:00:00Z'),
        },
      },
    })
    expect(typesSince(position)).toEqual(['customer.subscription.updated', 'customer.subscription.paused'])
    emulator.clock.advance('P2M')
    expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(1)
    const resumed = await stripe.subscriptions.resume(id, { payment_behavior: 'resume_on_payment_success' })
    expect(resumed).toMatchObject({ status: 'active', status_details: null })
    expect(resumed.items.data[0]?.current_period_start).toBe(seconds('2027-06-16T00:00:00Z'))
    expect(typesSince(position)).toContain('customer.subscription.resumed')
    const [invoice] = (await stripe.invoices.list({ subscription: id })).data
    expect(invoice?.lines.data.map((line) => line.amount)).toEqual([-2000, 4000])
  })

  it('by default is not charged in the request: its invoice stays open, and void after 23 hours', async () => {
    const { stripe, emulator } = account
    await stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } })
    const asked = await stripe.subscriptions.resume(id, { expand: ['latest_invoice'] })
    expect(asked).toMatchObject({ status: 'paused', latest_invoice: { status: 'open', amount_due: 4000 } })
    await expect(stripe.subscriptions.resume(id)).rejects.toMatchObject({ statusCode: 400 })
    emulator.clock.advance('PT23H')
    expect((await stripe.invoices.list({ subscription: id })).data[0]?.status).toBe('void')
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('paused')
  })

  it('credits at once when asked to', async () => {
    const { stripe, emulator } = account
    emulator.clock.advance('P15D')
    const { customer } = await stripe.subscriptions.pause(id, { invoicing_behavior: 'invoice' })
    expect(await stripe.customers.retrieve(String(customer))).toMatchObject({ balance: -2000 })
  })

  it('cannot be paused again, nor while its collection is paused, nor after its end', async () => {
    const { stripe } = account
    await stripe.subscriptions.pause(id)
    await expect(stripe.subscriptions.pause(id)).rejects.toMatchObject({ code: 'subscription_paused' })
    const other = (await account.subscribe()).subscriptionId
    await stripe.subscriptions.update(other, { pause_collection: { behavior: 'void' } })
    await expect(stripe.subscriptions.pause(other)).rejects.toMatchObject({ statusCode: 400 })
    await stripe.subscriptions.cancel(other)
    await expect(stripe.subscriptions.pause(other)).rejects.toMatchObject({ statusCode: 400 })
    await expect(stripe.subscriptions.resume(other)).rejects.toMatchObject({ statusCode: 400 })
  })
})
