import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

/** What the call was refused with; a call that succeeds fails the test. */
async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const answer = await call.catch((refused: unknown) => refused)
  if (answer instanceof Stripe.errors.StripeError) return answer
  throw new Error('the call was not refused')
}

describe('the door', () => {
  it('refuses another key with 401, and an unknown address with 404 in the shape of Stripe', async () => {
    const { stripe, emulator } = account
    const stranger = new Stripe('sk_test_other', { host: '127.0.0.1', port: emulator.port, protocol: 'http' })
    expect(await refusalOf(stranger.customers.list())).toMatchObject({
      type: 'StripeAuthenticationError',
      statusCode: 401,
    })
    const refusal = await refusalOf(stripe.rawRequest('GET', '/v1/nothing_here'))
    expect(refusal).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 404 })
    expect(refusal.message).toContain('Unrecognized request URL (GET: /v1/nothing_here)')
    expect(await refusalOf(stripe.customers.retrieve('cus_gone'))).toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    })
  })

  it('refuses parameters that Stripe removed or never had', async () => {
    const { stripe } = account
    const { priceId } = await account.openSession()
    const session = {
      mode: 'subscription',
      success_url: 'http://127.0.0.1/',
      line_items: [{ price: priceId, quantity: 1 }],
    }
    const removed = await refusalOf(
      stripe.rawRequest('POST', '/v1/checkout/sessions', { ...session, payment_method_types: ['card'] }),
    )
    expect(removed).toMatchObject({ statusCode: 400, code: 'parameter_unknown', param: 'payment_method_types[0]' })
    const renamed = await refusalOf(
      stripe.rawRequest('POST', '/v1/checkout/sessions', { ...session, ui_mode: 'hosted' }),
    )
    expect(renamed).toMatchObject({ statusCode: 400, param: 'ui_mode' })
    const { subscriptionId } = await account.subscribe()
    const anchor = await refusalOf(
      stripe.rawRequest('POST', `/v1/subscriptions/${subscriptionId}`, { billing_cycle_anchor: 'now' }),
    )
    expect(anchor).toMatchObject({ statusCode: 400, param: 'billing_cycle_anchor' })
    const expanded = await refusalOf(
      stripe.subscriptions.retrieve(subscriptionId, { expand: ['latest_invoice.payment_intent'] }),
    )
    expect(expanded.message).toContain('cannot be expanded')
  })

  it('answers a request it cannot read, instead of cutting the connection', async () => {
    const { emulator } = account
    const answer = await fetch(`${emulator.baseUrl}/v1/customers`, { method: 'POST', body: 'metadata=a&metadata[b]=c' })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', param: 'metadata[b]' } })
  })

  it('refuses a session whose expiry is nearer than half an hour or further than a day', async () => {
    const { stripe, emulator } = account
    const { priceId } = await account.openSession()
    const now = emulator.clock.now().getTime() / 1000
    for (const expires_at of [now + 60, now + 2 * 86_400]) {
      const call = stripe.checkout.sessions.create({
        mode: 'subscription',
        success_url: 'http://127.0.0.1/',
        line_items: [{ price: priceId, quantity: 1 }],
        expires_at,
      })
      expect(await refusalOf(call)).toMatchObject({ param: 'expires_at' })
    }
  })
})

describe('another API version', () => {
  it('is refused, because every shape here is of one', async () => {
    const old = account.stripe.customers.list({}, { apiVersion: '2024-06-20' })
    expect(await refusalOf(old)).toMatchObject({ statusCode: 400, message: 'Invalid Stripe API version: 2024-06-20' })
  })
})

describe('idempotency keys', () => {
  it('replay the same answer without doing the work again', async () => {
    const { stripe, emulator } = account
    const create = () => stripe.customers.create({ email: 'ada@example.com' }, { idempotencyKey: 'key-1' })
    const [first, second] = [await create(), await create()]
    expect(second.id).toBe(first.id)
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(emulator.state.customers.size).toBe(1)
    expect(emulator.requests.map((request) => request.idempotencyKey)).toEqual(['key-1', 'key-1'])
  })

  it('are refused with other parameters', async () => {
    const { stripe } = account
    await stripe.customers.create({ email: 'ada@example.com' }, { idempotencyKey: 'key-1' })
    const other = stripe.customers.create({ email: 'bob@example.com' }, { idempotencyKey: 'key-1' })
    expect(await refusalOf(other)).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 })
  })
})

describe('faults', () => {
  it('cut the connection after the work was done, so that only the same key finds out', async () => {
    const { stripe, emulator } = account
    // The SDK repeats a cut request once by itself; twice is what a caller gets to see.
    emulator.faults.next({
      match: (method, path) => method === 'POST' && path === '/v1/customers',
      kind: 'drop_after',
      times: 2,
    })
    const create = () => stripe.customers.create({ email: 'ada@example.com' }, { idempotencyKey: 'key-1' })
    expect(await refusalOf(create())).toMatchObject({ type: 'StripeConnectionError' })
    expect(emulator.state.customers.size).toBe(1)
    expect((await create()).id).toBe([...emulator.state.customers.keys()][0])
    expect(emulator.state.customers.size).toBe(1)
  })

  it('cut the connection before any work, and answer statuses that leave nothing behind', async () => {
    const { stripe, emulator } = account
    emulator.faults.next({ kind: 'drop_before', times: 2 })
    emulator.faults.next({ kind: 'status', status: 429 })
    emulator.faults.next({ kind: 'status', status: 503 })
    const create = () => stripe.customers.create({ email: 'ada@example.com' }, { idempotencyKey: 'key-1' })
    expect(await refusalOf(create())).toMatchObject({ type: 'StripeConnectionError' })
    expect(await refusalOf(create())).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429 })
    expect(await refusalOf(create())).toMatchObject({ type: 'StripeAPIError', statusCode: 503 })
    expect(emulator.state.customers.size).toBe(0)
    expect(emulator.faults.left).toBe(0)
    await create()
    expect(emulator.state.customers.size).toBe(1)
  })
})

describe('resources', () => {
  it('merge metadata, clear with an empty value, and list newest first by cursor', async () => {
    const { stripe } = account
    const { id } = await stripe.customers.create({ name: 'Ada', metadata: { a: '1', b: '2' } })
    const changed = await stripe.customers.update(id, { name: '', metadata: { a: '', c: '3' } })
    expect(changed).toMatchObject({ name: null, metadata: { b: '2', c: '3' } })
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({})
    for (const email of ['1@example.com', '2@example.com', '3@example.com']) await stripe.customers.create({ email })
    const page = await stripe.customers.list({ limit: 2 })
    expect(page.data.map((customer) => customer.email)).toEqual(['3@example.com', '2@example.com'])
    expect(page.has_more).toBe(true)
    const all: Array<string | null> = []
    for await (const customer of stripe.customers.list({ limit: 2 })) all.push(customer.email)
    expect(all).toEqual(['3@example.com', '2@example.com', '1@example.com', null])
    expect(await stripe.customers.del(id)).toMatchObject({ id, deleted: true })
    expect(await stripe.customers.retrieve(id)).toEqual(expect.objectContaining({ id, deleted: true }))
  })

  it('find a price by its lookup key, which moves only when asked to', async () => {
    const { stripe } = account
    const first = await account.createPrice(1000, { lookupKey: 'pro' })
    const found = await stripe.prices.list({ lookup_keys: ['pro'], expand: ['data.product'] })
    expect(found.data).toMatchObject([{ id: first, unit_amount: 1000, product: { object: 'product', name: 'Pro' } }])
    expect(await refusalOf(account.createPrice(2000, { lookupKey: 'pro' }))).toMatchObject({ param: 'lookup_key' })
    const next = await stripe.prices.create({
      product_data: { name: 'Pro' },
      currency: 'eur',
      unit_amount_decimal: Stripe.Decimal.from('0.5'),
      recurring: { interval: 'month' },
      lookup_key: 'pro',
      transfer_lookup_key: true,
    })
    expect((await stripe.prices.list({ lookup_keys: ['pro'] })).data.map((price) => price.id)).toEqual([next.id])
    expect((await stripe.prices.retrieve(first)).lookup_key).toBeNull()
  })

  it('open a portal for a customer that exists', async () => {
    const { stripe } = account
    const { customerId, subscriptionId } = await account.subscribe()
    const session = await stripe.billingPortal.sessions.create({
      customer: customerId,
      return_url: 'http://127.0.0.1/account',
      flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: subscriptionId } },
    })
    expect(session).toMatchObject({ customer: customerId, flow: { type: 'subscription_cancel' } })
    expect((await fetch(session.url)).status).toBe(200)
    expect(await refusalOf(stripe.billingPortal.sessions.create({ customer: 'cus_gone' }))).toMatchObject({
      statusCode: 400,
    })
  })
})
