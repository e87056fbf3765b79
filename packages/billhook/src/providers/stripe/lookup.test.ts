import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LookupResult } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import {
  couponInput,
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

  it.each(['collection', 'service'] as const)('sees that a pause and its end happened: %s', async (kind) => {
    const input = { externalSubscriptionId: await account.subscribe(), kind }
    const { pause } = account.provider
    const paused = account.operation('pause_subscription', input)
    const resumed = account.operation('resume_subscription', input)
    expect(await account.provider.lookup(paused)).toEqual({ outcome: 'not_found' })
    await loseAnswer(async () => pause?.pauseSubscription(input, paused))
    expect(await account.provider.lookup(paused)).toMatchObject({
      outcome: 'succeeded',
      result: { outcome: 'applied', subscription: { pause: { kind } } },
    })
    expect(await account.provider.lookup(resumed)).toEqual({ outcome: 'not_found' })
    await loseAnswer(async () => pause?.resumeSubscription(input, resumed))
    expect(await account.provider.lookup(resumed)).toMatchObject({
      outcome: 'succeeded',
      result: { outcome: 'applied', subscription: { pause: null } },
    })
  })

  it('sees that going on waits for its money', async () => {
    const input = { externalSubscriptionId: await account.subscribe(), kind: 'service' as const }
    const { externalCustomerId } = await account.provider.retrieveSubscription(input.externalSubscriptionId)
    account.emulator.clock.advance('P15D')
    await account.provider.pause?.pauseSubscription(input, account.operation('pause_subscription', input))
    account.emulator.replaceCard(externalCustomerId, '4000000000000002')
    const operation = account.operation('resume_subscription', input)
    await loseAnswer(async () => account.provider.pause?.resumeSubscription(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { outcome: 'pending_payment', paymentUrl: expect.any(String) },
    })
  })

  it('finds a refund by the operation that made it, and no other of the same payment', async () => {
    const { latestExternalInvoiceId } = await account.provider.retrieveSubscription(await account.subscribe())
    const { payments } = await account.provider.retrieveInvoice(latestExternalInvoiceId ?? '')
    const input = {
      ...{ externalPaymentId: payments?.[0]?.externalPaymentId ?? '', amount: 900, currency: 'EUR' },
      ...{ reason: 'duplicate' as const, reference: {} },
    }
    const [first, second] = [account.operation('create_refund', input), account.operation('create_refund', input)]
    await account.provider.refunds?.createRefund(input, first)
    expect(await account.provider.lookup(second)).toEqual({ outcome: 'not_found' })
    await loseAnswer(async () => account.provider.refunds?.createRefund(input, second))
    expect(await account.provider.lookup(second)).toMatchObject({
      outcome: 'succeeded',
      result: { amount: 900, reference: { operationId: second.id } },
    })
  })

  it.each([
    ['4242424242424242', 'paid'],
    ['4000002760003184', 'requires_action'],
    ['DE89370400440532013000', 'processing'],
  ])('sees what became of paying an invoice (card %s: %s)', async (card, outcome) => {
    const id = await account.subscribe({ card: '4000000000000341' })
    account.emulator.clock.advance('P1M')
    const { latestExternalInvoiceId, externalCustomerId } = await account.provider.retrieveSubscription(id)
    const input = { amount: 4900, currency: 'EUR', externalInvoiceId: latestExternalInvoiceId ?? '' }
    const operation = account.operation('pay_invoice', input)
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    account.emulator.replaceCard(externalCustomerId, card)
    await loseAnswer(async () => account.provider.payInvoice?.(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({ outcome: 'succeeded', result: { outcome } })
  })

  it('finds a published coupon, and not one whose code is missing', async () => {
    const input = couponInput({ promotionCode: 'SPRING' })
    const operation = account.operation('publish_coupon', input)
    const plain = couponInput()
    await account.provider.coupons?.publishCoupon(plain, account.operation('publish_coupon', plain))
    expect(await account.provider.lookup(operation)).toEqual({ outcome: 'not_found' })
    await loseAnswer(async () => account.provider.coupons?.publishCoupon(input, operation))
    expect(await account.provider.lookup(operation)).toMatchObject({
      outcome: 'succeeded',
      result: { externalPromotionCodeId: expect.any(String) },
    })
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
