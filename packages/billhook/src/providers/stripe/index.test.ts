import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  customerInput,
  type EmulatedAccount,
  priceInput,
  sessionInput,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

const sent = (method: string, path: string) =>
  account.emulator.requests.filter((request) => request.method === method && request.path === path)

describe('customers', () => {
  it('creates one with our reference, once per operation', async () => {
    const input = customerInput()
    const operation = account.operation('create_customer', input)
    const customer = await account.provider.createCustomer(input, operation)
    expect(customer).toMatchObject({
      email: 'acme@example.test',
      name: 'Acme',
      deleted: false,
      reference: { organizationId: 'bhorg_1', operationId: operation.id },
    })
    expect(await account.provider.createCustomer(input, operation)).toEqual(customer)
    expect(account.emulator.state.customers.size).toBe(1)
    expect(sent('POST', '/v1/customers')[0]).toMatchObject({ idempotencyKey: operation.idempotencyKey })
  })

  it('keeps the known one, makes a gone one anew and throws any other failure', async () => {
    const getOrCreate = (externalCustomerId: string | null) => {
      const input = { ...customerInput(), externalCustomerId }
      return account.provider.getOrCreateCustomer(input, account.operation('create_customer', input))
    }
    const first = await getOrCreate(null)
    expect((await getOrCreate(first.externalCustomerId)).externalCustomerId).toBe(first.externalCustomerId)
    expect((await getOrCreate('cus_of_another_account')).externalCustomerId).not.toBe(first.externalCustomerId)
    await fetch(`${account.emulator.baseUrl}/v1/customers/${first.externalCustomerId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${account.emulator.apiKey}` },
    })
    expect((await getOrCreate(first.externalCustomerId)).externalCustomerId).not.toBe(first.externalCustomerId)
    const before = account.emulator.state.customers.size
    account.emulator.faults.next({ kind: 'status', status: 500 })
    await expect(getOrCreate(first.externalCustomerId)).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(account.emulator.state.customers.size).toBe(before)
  })
})

describe('checkout sessions', () => {
  it('carries our reference on the session and on the subscription it makes', async () => {
    const input = sessionInput({
      externalCustomerId: await account.createCustomer(),
      externalPriceId: await account.publish(4900),
      quantity: 3,
    })
    const operation = account.operation('create_checkout_session', input)
    const session = await account.provider.createCheckoutSession(input, operation)
    const reference = { ...input.reference, operationId: operation.id }
    expect(session).toMatchObject({ status: 'open', url: expect.stringContaining('http'), reference })
    expect(sent('POST', '/v1/checkout/sessions')[0]).toMatchObject({
      idempotencyKey: operation.idempotencyKey,
      params: { client_reference_id: 'bhcs_1' },
    })
    account.emulator.pay(session.externalSessionId, { card: '4242424242424242' })
    const complete = await account.provider.retrieveCheckoutSession(session.externalSessionId)
    expect(complete).toMatchObject({ status: 'complete', url: null, externalSubscriptionId: expect.any(String) })
    const subscription = await account.provider.retrieveSubscription(complete.externalSubscriptionId ?? '')
    expect(subscription).toMatchObject({ status: 'active', currency: 'EUR', items: [{ quantity: 3 }], reference })
    expect(subscription.currentPeriodEnd).toEqual(new Date('2026-04-01T00:00:00Z'))
  })

  it('starts with a trial only when there is one', async () => {
    const trialing = await account.provider.retrieveSubscription(await account.subscribe({ trialDays: 14 }))
    expect(trialing).toMatchObject({ status: 'trialing', trialEnd: new Date('2026-03-15T00:00:00Z') })
    const [first] = sent('POST', '/v1/checkout/sessions')
    expect(first).toHaveProperty('params.subscription_data.trial_period_days', '14')
    await account.openSession()
    expect(sent('POST', '/v1/checkout/sessions')[1]).not.toHaveProperty('params.subscription_data.trial_period_days')
  })

  it('expires an open one, and answers one that is over as it is', async () => {
    const expire = (externalSessionId: string) => {
      const input = { externalSessionId }
      return account.provider.expireCheckoutSession(input, account.operation('expire_checkout_session', input))
    }
    const open = await account.openSession()
    expect(await expire(open)).toMatchObject({ status: 'expired' })
    expect(await expire(open)).toMatchObject({ status: 'expired' })
    const paid = await account.openSession()
    account.emulator.pay(paid, { card: '4242424242424242' })
    expect(await expire(paid)).toMatchObject({ status: 'complete' })
    await expect(expire('cs_none')).rejects.toMatchObject({ code: 'resource_missing' })
  })
})

describe('subscriptions and invoices', () => {
  it('pages through all of them, ended ones too', async () => {
    const ended = await account.subscribe()
    const input = { externalSubscriptionId: ended, atPeriodEnd: false }
    await account.provider.cancelSubscription(input, account.operation('cancel_subscription', input))
    const live = await account.subscribe()
    const all = await account.provider.listSubscriptions({})
    expect(all.data.map((found) => [found.externalSubscriptionId, found.status])).toEqual([
      [live, 'active'],
      [ended, 'canceled'],
    ])
    expect(all.nextCursor).toBeNull()
    expect((await account.provider.listSubscriptions({ cursor: live })).data).toHaveLength(1)
    expect(sent('GET', '/v1/subscriptions')[0]).toMatchObject({ params: { status: 'all', limit: '100' } })
  })

  it('reads invoices with their payments, alone and in lists', async () => {
    const subscription = await account.provider.retrieveSubscription(await account.subscribe({ quantity: 2 }))
    const invoice = await account.provider.retrieveInvoice(subscription.latestExternalInvoiceId ?? '')
    expect(invoice).toMatchObject({
      externalSubscriptionId: subscription.externalSubscriptionId,
      status: 'paid',
      billingReason: 'subscription_create',
      total: 9800,
      amountPaid: 9800,
      periodStart: subscription.currentPeriodStart,
      periodEnd: subscription.currentPeriodEnd,
      lines: [{ quantity: 2, amount: 9800 }],
      payments: [{ status: 'succeeded', amount: 9800, currency: 'EUR' }],
      reference: { organizationId: 'bhorg_1' },
    })
    const { externalSubscriptionId, externalCustomerId } = subscription
    const listed = await account.provider.listInvoices({ externalSubscriptionId })
    expect(listed).toMatchObject({ data: [{ ...invoice, payments: [{ status: 'succeeded' }] }], nextCursor: null })
    expect((await account.provider.listInvoices({ externalCustomerId })).data).toHaveLength(1)
    expect((await account.provider.listInvoices({ externalCustomerId: 'cus_other' })).data).toHaveLength(0)
  })

  it('shows why a renewal was not paid', async () => {
    const id = await account.subscribe({ card: '4000000000000341' })
    account.emulator.clock.advance('P1M')
    const subscription = await account.provider.retrieveSubscription(id)
    expect(subscription.status).toBe('past_due')
    const invoice = await account.provider.retrieveInvoice(subscription.latestExternalInvoiceId ?? '')
    expect(invoice).toMatchObject({
      status: 'open',
      billingReason: 'subscription_cycle',
      amountRemaining: 4900,
      payments: [{ status: 'failed', declineCode: expect.any(String) }],
    })
  })
})

describe('prices', () => {
  it('makes product and price once, however often and under whichever operation it is repeated', async () => {
    const input = priceInput()
    const publish = () => account.provider.publishPrice(input, account.operation('publish_price', input))
    const first = await publish()
    expect(first).toEqual({ externalPriceId: expect.any(String), externalProductId: 'bhplan_pro' })
    expect(await publish()).toEqual(first)
    const yearly = priceInput({ id: 'bhprice_2', interval: 'year' })
    const second = await account.provider.publishPrice(yearly, account.operation('publish_price', yearly))
    expect(second.externalProductId).toBe(first.externalProductId)
    expect([account.emulator.state.products.size, account.emulator.state.prices.size]).toEqual([1, 2])
    expect(sent('POST', '/v1/prices')[0]).toMatchObject({
      params: { unit_amount: '4900', currency: 'eur', lookup_key: 'bhprice_1', recurring: { interval: 'month' } },
    })
  })

  it('puts the price under the product that is known', async () => {
    const other = priceInput()
    await account.provider.publishPrice(other, account.operation('publish_price', other))
    const input = priceInput({ id: 'bhprice_2' })
    input.plan = { ...input.plan, id: 'bhplan_copy', externalProductId: 'bhplan_pro' }
    expect(await account.provider.publishPrice(input, account.operation('publish_price', input))).toMatchObject({
      externalProductId: 'bhplan_pro',
    })
  })

  it('refuses a price of ours that somebody made another one, and amounts Stripe cannot express', async () => {
    await account.publish(4900)
    const changed = priceInput({ id: 'bhprice_4900_month', amount: 5000 })
    await expect(
      account.provider.publishPrice(changed, account.operation('publish_price', changed)),
    ).rejects.toMatchObject({ code: 'provider_rejected' })
    const ariary = priceInput({ currency: 'MGA', amount: 150 })
    await expect(
      account.provider.publishPrice(ariary, account.operation('publish_price', ariary)),
    ).rejects.toMatchObject({ code: 'unsupported_currency' })
  })

  it('counts as Stripe does when it writes', async () => {
    const input = priceInput({ currency: 'ISK', amount: 990 })
    await account.provider.publishPrice(input, account.operation('publish_price', input))
    expect(sent('POST', '/v1/prices')[0]).toMatchObject({ params: { unit_amount: '99000', currency: 'isk' } })
  })
})
