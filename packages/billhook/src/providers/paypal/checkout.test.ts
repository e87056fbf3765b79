import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../primitives/index.ts'
import {
  type EmulatedAccount,
  emulatedStart,
  priceInput,
  reference,
  sessionInput,
  startEmulatedAccount,
} from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount({ clock: fixedClock(emulatedStart) })
})
afterEach(() => account.emulator.stop())

const retrieve = (id: string) => account.provider.retrieveCheckoutSession(id)
const expire = (externalSessionId: string) => account.provider.expireCheckoutSession({ externalSessionId })

describe('a checkout session', () => {
  it('is the subscription that waits for approval, for three hours', async () => {
    const id = await account.openSession()
    expect(await retrieve(id)).toMatchObject({
      externalSessionId: id,
      status: 'open',
      externalSubscriptionId: null,
      externalCustomerId: 'paypal_bhorg_1',
      expiresAt: new Date('2026-03-02T15:00:00Z'),
      reference,
    })
  })

  it('that the buyer turned away from stays open, and is complete once he agreed', async () => {
    const id = await account.openSession()
    account.emulator.decline(id)
    expect((await retrieve(id)).status).toBe('open')
    account.emulator.approve(id)
    expect(await retrieve(id)).toMatchObject({ status: 'complete', url: null, externalSubscriptionId: id })
  })

  it('that we expired is a real subscription all the same when the buyer approves it later', async () => {
    const id = await account.openSession()
    expect(await expire(id)).toMatchObject({ status: 'expired', url: null, externalSubscriptionId: null })
    account.emulator.approve(id)
    expect(await expire(id)).toMatchObject({ status: 'complete', externalSubscriptionId: id })
    expect((await account.provider.retrieveSubscription(id)).status).toBe('active')
  })

  it('that PayPal has forgotten can never be approved: it is expired', async () => {
    expect(await expire('I-FORGOTTEN0000')).toMatchObject({ status: 'expired', externalSubscriptionId: null })
  })

  it('that was never approved is no subscription in any list', async () => {
    await account.openSession()
    expect((await account.provider.listSubscriptions({})).data).toEqual([])
    expect((await account.provider.account.listCustomers({ cursor: null })).data).toEqual([])
  })

  it('charges nothing before a trial ends', async () => {
    const id = await account.subscribe({ trialDays: 14 })
    expect((await account.provider.charges.listCharges({ externalSubscriptionId: id })).data).toEqual([])
    expect(await account.provider.retrieveSubscription(id)).toMatchObject({
      status: 'trialing',
      trialEnd: new Date('2026-03-16T12:00:00Z'),
    })
  })

  it('for a customer of another provider is refused before anything is called', async () => {
    const input = sessionInput({ externalPriceId: 'P-1', externalCustomerId: 'cus_1' })
    const operation = account.operation('create_checkout_session', input)
    const creating = account.provider.createCheckoutSession(input, operation)
    await expect(creating).rejects.toMatchObject({ code: 'resource_missing' })
    expect(account.emulator.requests).toEqual([])
  })
})

describe('a published plan', () => {
  const published = async () => {
    const id = await account.publish(4900)
    return account.emulator.requests.find(({ path, method }) => method === 'POST' && path === '/v1/billing/plans' && id)
  }

  it('goes on for ever, stops after failures, has its tax on top and takes quantities', async () => {
    expect((await published())?.body).toMatchObject({
      description: 'bhprice_4900',
      billing_cycles: [
        { tenure_type: 'REGULAR', total_cycles: 0, pricing_scheme: { fixed_price: { value: '49.00' } } },
      ],
      payment_preferences: { payment_failure_threshold: 2, auto_bill_outstanding: true },
      taxes: { inclusive: false },
      quantity_supported: true,
    })
  })

  it('is of the one product that all are of, however many are published at a time', async () => {
    const prices = await Promise.all([100, 200, 300].map((amount) => account.publish(amount)))
    expect(new Set(prices).size).toBe(3)
    expect([...account.emulator.state.products.keys()]).toEqual(['BILLHOOK'])
  })

  it('of an imported plan stays with the product that its subscriptions have', async () => {
    await account.publish(100)
    const input = priceInput({ id: 'bhprice_new' })
    const plan = { ...input.plan, externalProductId: 'BILLHOOK' }
    const made = await account.provider.publishPrice({ ...input, plan }, account.operation('publish_price', input))
    expect(made.externalProductId).toBe('BILLHOOK')
  })

  it.each(['KWD', 'QQQ', 'INR'])('in %s is refused before anything is called', async (currency) => {
    await expect(account.publish(100, { currency })).rejects.toMatchObject({ code: 'unsupported_currency' })
    expect(account.emulator.requests).toEqual([])
  })

  it('is found among more than a page of them', async () => {
    for (let amount = 1; amount <= 25; amount += 1) await account.publish(amount)
    account.emulator.requestIds.clear()
    const again = await account.publish(1)
    expect(again).toBe(await account.publish(1))
    expect(account.emulator.state.plans.size).toBe(25)
  })
})
