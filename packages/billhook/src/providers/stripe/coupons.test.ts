import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PublishCouponInput } from '../operation.ts'
import { couponInput, type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

function publish(input: PublishCouponInput, operation = account.operation('publish_coupon', input)) {
  return account.provider.coupons?.publishCoupon(input, operation)
}
const firstTotal = async (id: string) => {
  const { latestExternalInvoiceId } = await account.provider.retrieveSubscription(id)
  return account.provider.retrieveInvoice(latestExternalInvoiceId ?? '')
}

describe('publishCoupon', () => {
  it('makes it once, under our id, also when Stripe has forgotten the key', async () => {
    const input = couponInput({
      percentOff: '12.5',
      promotionCode: 'SPRING',
      maxRedemptions: 5,
      expiresAt: '2026-12-31T00:00:00Z',
    })
    const published = await publish(input)
    expect(published).toEqual({ externalCouponId: 'bhcoupon_1', externalPromotionCodeId: expect.any(String) })
    account.emulator.idempotencyKeys.clear()
    expect(await publish(input)).toEqual(published)
    expect([account.emulator.state.coupons.size, account.emulator.state.promotionCodes.size]).toEqual([1, 1])
    expect(account.emulator.state.coupons.get('bhcoupon_1')).toMatchObject({
      ...{
        percent_off: 12.5,
        duration: 'once',
        max_redemptions: 5,
        redeem_by: Date.parse('2026-12-31T00:00:00Z') / 1000,
      },
    })
  })

  it('adds the code to a coupon that has none yet', async () => {
    await publish(couponInput())
    expect(await publish(couponInput({ promotionCode: 'LATER' }))).toMatchObject({
      externalPromotionCodeId: expect.any(String),
    })
  })

  it('counts money as Stripe does, and cuts a name that is too long for it', async () => {
    const amountOff = { amount: 500, currency: 'ISK' }
    await publish(couponInput({ id: 'bhcoupon_2', percentOff: null, amountOff, name: 'x'.repeat(60) }))
    expect(account.emulator.state.coupons.get('bhcoupon_2')).toMatchObject({
      amount_off: 50000,
      currency: 'isk',
      name: 'x'.repeat(40),
    })
  })

  it('refuses to take another discount under the same id for ours', async () => {
    await publish(couponInput())
    await expect(publish(couponInput({ percentOff: '30' }))).rejects.toMatchObject({ code: 'provider_rejected' })
  })

  it('that two publish at the same time is one coupon', async () => {
    const both = await Promise.all([publish(couponInput()), publish(couponInput())])
    expect(both[0]).toEqual(both[1])
    expect(account.emulator.state.coupons.size).toBe(1)
  })
})

describe('a checkout', () => {
  it.each([
    ['percent', { percentOff: '20' }, 980],
    ['amount', { percentOff: null, amountOff: { amount: 1000, currency: 'EUR' } }, 1000],
  ])('takes a discount off from the start: %s', async (_, coupon, discount) => {
    await publish(couponInput(coupon))
    const id = await account.subscribe({ more: { externalCouponId: 'bhcoupon_1' } })
    expect(await firstTotal(id)).toMatchObject({ subtotal: 4900, discount, total: 4900 - discount })
    account.emulator.clock.advance('P1M')
    expect(await firstTotal(id)).toMatchObject({ discount: 0, total: 4900 })
  })

  it('goes on with a discount of some months, and then without', async () => {
    await publish(couponInput({ duration: 'repeating', durationInMonths: 2 }))
    const id = await account.subscribe({ more: { externalCouponId: 'bhcoupon_1' } })
    account.emulator.clock.advance('P1M')
    expect((await firstTotal(id)).discount).toBe(980)
    account.emulator.clock.advance('P1M')
    expect((await firstTotal(id)).discount).toBe(0)
  })

  it('takes the code that the buyer types', async () => {
    await publish(couponInput({ promotionCode: 'SPRING' }))
    const session = await account.openSession({ more: { allowPromotionCodes: true } })
    const { subscriptionId } = account.emulator.pay(session, { card: '4242424242424242', promotionCode: 'SPRING' })
    expect(await firstTotal(subscriptionId ?? '')).toMatchObject({ discount: 980 })
    const without = await account.openSession()
    expect(() => account.emulator.pay(without, { card: '4242424242424242', promotionCode: 'SPRING' })).toThrow()
  })

  it('never has both a coupon and a field for codes', async () => {
    await publish(couponInput())
    const before = account.emulator.requests.filter(({ path }) => path === '/v1/checkout/sessions').length
    const session = account.openSession({ more: { externalCouponId: 'bhcoupon_1', allowPromotionCodes: true } })
    await expect(session).rejects.toMatchObject({ code: 'unsupported' })
    expect(account.emulator.requests.filter(({ path }) => path === '/v1/checkout/sessions')).toHaveLength(before)
  })

  it('collects tax ids and computes tax, with leave to keep what the buyer enters', async () => {
    await account.emulator.stop()
    account = await startEmulatedAccount({}, fetch, { taxPercent: 19 })
    const id = await account.subscribe({ more: { collectTaxIds: true, automaticTax: true } })
    const created = account.emulator.requests.find(
      ({ path, method }) => method === 'POST' && path === '/v1/checkout/sessions',
    )
    expect(created?.params).toMatchObject({
      tax_id_collection: { enabled: 'true' },
      automatic_tax: { enabled: 'true' },
      customer_update: { name: 'auto', address: 'auto' },
    })
    expect(await firstTotal(id)).toMatchObject({ subtotal: 4900, tax: 931, total: 5831 })
  })

  it('leaves all of it out when nobody asked', async () => {
    await account.openSession()
    const created = account.emulator.requests.at(-1)?.params ?? {}
    for (const field of ['discounts', 'allow_promotion_codes', 'tax_id_collection', 'automatic_tax', 'customer_update'])
      expect(created).not.toHaveProperty(field)
  })
})
