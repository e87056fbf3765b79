import { describe, expect, it } from 'vitest'
import { cards, type StripeShop, shopFor } from './support/stripe-shop.ts'

const calls = (shop: StripeShop, method: string, path: string) =>
  shop.emulator.requests.filter((request) => request.method === method && request.path.startsWith(path))

const operation = async (shop: StripeShop, id: string | undefined) =>
  (await shop.call<{ status: string }>('GET', `/operations/${id}/`)).json.status

describe('A call whose answer is lost', () => {
  it('cancelling now: pending, then settled by look-up, cancelled once', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'DELETE', times: 2 })
    const { status, json } = await shop.manage('cancel', { at_period_end: false })
    expect({ status, json }).toMatchObject({ status: 202, json: { outcome: 'pending' } })
    expect(await operation(shop, json.operation_id)).toBe('unknown')
    // Another change must not overtake it.
    expect(await shop.manage('change_quantity', { quantity: 2 })).toMatchObject({
      status: 409,
      json: { code: 'change_in_progress' },
    })
    shop.emulator.faults.clear()
    await shop.wait(5)
    expect(await operation(shop, json.operation_id)).toBe('succeeded')
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
    await shop.deliver()
    expect(await shop.toldTypes('subscription.canceled')).toHaveLength(1)
    expect(new Set(calls(shop, 'DELETE', '/v1/subscriptions').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(shop.emulator.events.filter(({ type }) => type === 'customer.subscription.deleted')).toHaveLength(1)
  })

  it('cancelling at the end: the event may settle what the look-up then confirms', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'POST', times: 2 })
    const { json } = await shop.manage('cancel')
    expect(json.outcome).toBe('pending')
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ cancel_at_period_end: true })
    await shop.wait(5)
    expect(await operation(shop, json.operation_id)).toBe('succeeded')
    expect(await shop.toldTypes('subscription.cancel')).toEqual(['subscription.cancel_scheduled'])
  })

  it('changing the plan: charged once', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.advance('P10D')
    shop.emulator.faults.next({ kind: 'drop_after', match: (method) => method === 'POST', times: 2 })
    const { json } = await shop.manage('change_plan', { price_id: 'business-monthly', proration: 'immediate' })
    expect(json.outcome).toBe('pending')
    expect(await shop.current()).toMatchObject({ plan_key: 'pro' })
    await shop.wait(5)
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ plan_key: 'business' })
    expect(shop.emulator.state.invoices.size).toBe(2)
    expect(await shop.invoices()).toHaveLength(2)
    expect(await shop.toldTypes('subscription.plan_changed')).toHaveLength(1)
  })

  it('opening a checkout: the same request later finds the one page that was made', async () => {
    const shop = await shopFor()
    const isSession = (method: string, path: string) => method === 'POST' && path === '/v1/checkout/sessions'
    shop.emulator.faults.next({ kind: 'drop_after', match: isSession, times: 2 })
    const lost = await shop.checkout()
    expect(lost).toMatchObject({ status: 503, json: { code: 'outcome_unknown' } })
    await shop.wait(5)
    const found = await shop.checkout()
    expect(found).toMatchObject({ status: 201, json: { status: 'open', external_session_id: 'cs_test_emu_000001' } })
    expect(shop.emulator.state.sessions.size).toBe(1)
    expect(shop.emulator.state.customers.size).toBe(1)
    shop.emulator.pay('cs_test_emu_000001', { card: cards.pays })
    await shop.deliver()
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect(shop.emulator.state.subscriptions.size).toBe(1)
  })

  it('that never reached Stripe: the work is known as not done, and can be asked for again', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    shop.emulator.faults.next({ kind: 'drop_before', match: (method) => method === 'DELETE', times: 2 })
    const { json } = await shop.manage('cancel', { at_period_end: false })
    expect(json.outcome).toBe('pending')
    shop.emulator.faults.clear()
    for (let minute = 0; minute < 3; minute += 1) await shop.wait(60)
    expect(await operation(shop, json.operation_id)).toBe('failed')
    expect(await shop.current()).toMatchObject({ status: 'active' })
    expect((await shop.manage('cancel', { at_period_end: false })).json.subscription).toMatchObject({
      status: 'canceled',
    })
  })

  it('making the customer: found again, never made twice', async () => {
    const shop = await shopFor()
    const isCustomer = (method: string, path: string) => method === 'POST' && path === '/v1/customers'
    shop.emulator.faults.next({ kind: 'drop_after', match: isCustomer, times: 2 })
    const lost = await shop.checkout()
    expect(lost.status).toBe(503)
    await shop.wait(5)
    expect((await shop.checkout()).status).toBe(201)
    expect(shop.emulator.state.customers.size).toBe(1)
  })
})

describe('A customer deleted at Stripe', () => {
  it('is made again at the next checkout, with nobody having told us', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    await shop.manage('cancel', { at_period_end: false })
    await shop.deliver()
    await deleteCustomer(shop)
    await shop.deliver({ drop: () => true })
    expect(await shop.subscribe()).toMatchObject({ status: 'active', stripe_customer_id: 'cus_emu_000002' })
    const customers = 'select stripe_customer_id, deleted_at is null as living from billhook.customers order by 1'
    expect(await shop.rows(customers)).toEqual([
      { stripe_customer_id: 'cus_emu_000001', living: false },
      { stripe_customer_id: 'cus_emu_000002', living: true },
    ])
  })

  it('is made again at the next checkout, when its event told us', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    await shop.manage('cancel', { at_period_end: false })
    await deleteCustomer(shop)
    await shop.deliver()
    expect(await shop.subscribe()).toMatchObject({ status: 'active', stripe_customer_id: 'cus_emu_000002' })
  })
})

async function deleteCustomer(shop: StripeShop): Promise<void> {
  const headers = { authorization: `Bearer ${shop.emulator.apiKey}` }
  const answer = await fetch(`${shop.emulator.baseUrl}/v1/customers/cus_emu_000001`, { method: 'DELETE', headers })
  expect(answer.status).toBe(200)
}
