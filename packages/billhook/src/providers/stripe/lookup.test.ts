import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LookupResult } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
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

/** Loses the answer of the next write after Stripe did the work, and checks that the outcome is called unknown. */
async function loseAnswer(call: () => Promise<unknown>): Promise<void> {
  account.emulator.faults.next({ kind: 'drop_after', match: (method) => method !== 'GET', times: 2 })
  const error = await call().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  account.emulator.faults.clear()
  expect(error).toBeInstanceOf(PaymentProviderError)
  expect(error).toMatchObject({ code: 'outcome_unknown', outcome: 'unknown', retryable: false })
}

async function liveItems(id: string) {
  const { items } = await account.provider.retrieveSubscription(id)
  return items.map(({ externalItemId }) => externalItemId)
}

describe('lookup', () => {
  it('finds a customer by the operation that made it, and no other', async () => {
    const input = customerInput()
    await account.createCustomer()
    const operation = account.operation('create_customer', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.createCustomer(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { reference: { operationId: operation.id } },
    })
  })

  it('finds a checkout session by the operation that made it', async () => {
    const externalCustomerId = await account.createCustomer()
    const input = sessionInput({ externalCustomerId, externalPriceId: await account.publish(4900) })
    const operation = account.operation('create_checkout_session', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.createCheckoutSession(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({ outcome: 'succeeded', result: { status: 'open' } })
    // A repeat with the same key is the same session, not a second one.
    await account.provider.createCheckoutSession(input, operation)
    expect(account.emulator.state.sessions.size).toBe(1)
  })

  it('sees that a session was expired', async () => {
    const input = { externalSessionId: await account.openSession() }
    const operation = account.operation('expire_checkout_session', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.expireCheckoutSession(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { status: 'expired' },
    })
  })

  it.each([
    [false, { outcome: 'applied', subscription: { status: 'canceled' } }],
    [true, { outcome: 'scheduled', effectiveAt: new Date('2026-04-01T00:00:00Z') }],
  ])('sees that a cancellation happened (at period end: %s)', async (atPeriodEnd, result) => {
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd }
    const operation = account.operation('cancel_subscription', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.cancelSubscription(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({ outcome: 'succeeded', result })
  })

  it('sees that a scheduled end was taken back', async () => {
    const externalSubscriptionId = await account.subscribe()
    const end = { externalSubscriptionId, atPeriodEnd: true }
    await account.provider.cancelSubscription(end, account.operation('cancel_subscription', end))
    const operation = account.operation('reactivate_subscription', { externalSubscriptionId })
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.reactivateSubscription({ externalSubscriptionId }, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { outcome: 'applied' },
    })
  })

  it.each([
    ['4242424242424242', 'applied'],
    ['4000000000000002', 'pending_payment'],
  ])('sees what became of a change (card %s: %s)', async (card, outcome) => {
    const externalSubscriptionId = await account.subscribe()
    const { externalCustomerId } = await account.provider.retrieveSubscription(externalSubscriptionId)
    account.emulator.replaceCard(externalCustomerId, card)
    const externalPriceId = await account.publish(9900)
    const items = (await liveItems(externalSubscriptionId)).map((externalItemId) => ({
      externalItemId,
      externalPriceId,
      quantity: 2,
    }))
    const input = { externalSubscriptionId, items, proration: 'immediate' as const }
    const operation = account.operation('update_subscription', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(() => account.provider.updateSubscription(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({ outcome: 'succeeded', result: { outcome } })
  })

  it('finds a published price', async () => {
    const input = priceInput()
    await account.provider.publishPrice(input, account.operation('publish_price', input))
    const operation = account.operation('publish_price', input)
    expect(await account.provider.lookup(operation)).toMatchObject({ outcome: 'succeeded' })
    const other = account.operation('publish_price', priceInput({ id: 'bhprice_other' }))
    expect(await account.provider.lookup(other)).toEqual({ outcome: 'not_found' })
  })

  it('leaves the outcome unknown while Stripe cannot be asked, and never acts', async () => {
    const input = { externalSubscriptionId: await account.subscribe(), atPeriodEnd: false }
    const operation = account.operation('cancel_subscription', input)
    const before = account.emulator.requests.length
    account.emulator.faults.next({ kind: 'status', status: 503, times: 1 })
    const result: LookupResult = await account.provider.lookup(operation)
    expect(result).toEqual({ outcome: 'unknown' })
    await account.provider.lookup(operation)
    expect(account.emulator.requests.slice(before).every(({ method }) => method === 'GET')).toBe(true)
  })

  it('calls what was to change something that is not there not done', async () => {
    const input = { externalSubscriptionId: 'sub_none', atPeriodEnd: false }
    expect(await account.provider.lookup(account.operation('cancel_subscription', input))).toEqual({
      outcome: 'not_found',
    })
  })
})
