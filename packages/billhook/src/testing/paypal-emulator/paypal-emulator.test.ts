import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeTrial, monthly, openTestAccount, type TestAccount, transactionsOf } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account.emulator.stop())

const price = (value: string) => ({ fixedPrice: { currencyCode: 'EUR', value } })
const transactions = (id: string) => transactionsOf(account, id)

describe('a subscription from approval to its end', () => {
  it('is charged once approved, then every month at about ten on the day of its anchor, which February does not move', async () => {
    const { emulator } = account
    const id = await account.subscribe({ quantity: '2', customId: 'org_1' })
    expect(await account.subscription(id)).toMatchObject({
      status: 'ACTIVE',
      quantity: '2',
      customId: 'org_1',
      billingInfo: {
        outstandingBalance: { value: '0.0' },
        lastPayment: { amount: { currencyCode: 'EUR', value: '40.0' }, time: '2027-01-31T12:00:00Z' },
        nextBillingTime: '2027-02-28T10:00:00Z',
        failedPaymentsCount: 0,
      },
    })
    emulator.clock.advance('P28D')
    emulator.clock.advance('P1M3D')
    const paid = (await transactions(id)).map(({ time, status }) => [time, status])
    expect(paid).toEqual([
      ['2027-03-31T10:13:00.000Z', 'COMPLETED'],
      ['2027-02-28T10:13:00.000Z', 'COMPLETED'],
      ['2027-01-31T12:00:00.000Z', 'COMPLETED'],
    ])
  })

  it('counts days in Los Angeles: who starts in the small hours of UTC is charged a day early', async () => {
    account.emulator.clock.advance('PT14H30M')
    const id = await account.subscribe()
    const { startTime, billingInfo } = await account.subscription(id)
    expect(startTime).toBe('2027-02-01T02:30:00Z')
    expect(billingInfo?.nextBillingTime).toBe('2027-02-28T10:00:00Z')
  })

  it('shows no next charge once it is cancelled, and cannot be cancelled again or revived', async () => {
    const { paypal } = account
    const id = await account.subscribe()
    await paypal.cancelSubscription({ id, body: { reason: 'Enough' } })
    const ended = await account.subscription(id)
    expect(ended).toMatchObject({ status: 'CANCELLED', statusChangeNote: 'Enough' })
    expect(ended.billingInfo).not.toHaveProperty('nextBillingTime')
    for (const again of [
      paypal.cancelSubscription({ id, body: { reason: 'Again' } }),
      paypal.activateSubscription({ id, body: { reason: 'Back' } }),
    ]) {
      await expect(again).rejects.toMatchObject({
        statusCode: 422,
        result: { name: 'UNPROCESSABLE_ENTITY', details: [{ issue: 'SUBSCRIPTION_STATUS_INVALID' }] },
      })
    }
    account.emulator.clock.advance('P3M')
    expect(await transactions(id)).toHaveLength(1)
  })

  it('is not charged while suspended, nor later for the time it was', async () => {
    const { paypal, emulator } = account
    const id = await account.subscribe()
    await paypal.suspendSubscription({ id, body: { reason: 'Holiday' } })
    emulator.clock.advance('P2M')
    await paypal.activateSubscription({ id, body: { reason: 'Back' } })
    expect(await transactions(id)).toHaveLength(1)
    expect((await account.subscription(id)).billingInfo?.nextBillingTime).toBe('2027-04-30T10:00:00Z')
  })

  it('expires when its cycles are used up', async () => {
    const planId = await account.createPlan({ billingCycles: [{ ...monthly, totalCycles: 2 }] })
    const id = await account.subscribe({ planId })
    expect((await account.subscription(id)).billingInfo?.finalPaymentTime).toBe('2027-02-28T10:00:00Z')
    account.emulator.clock.advance('P3M')
    expect((await account.subscription(id)).status).toBe('EXPIRED')
    expect(await transactions(id)).toHaveLength(2)
    expect(account.told().at(-1)).toBe('BILLING.SUBSCRIPTION.EXPIRED')
  })
})

describe('the terms of a plan', () => {
  it('run a free trial that counts from its first minute, then charge', async () => {
    const cycles = [freeTrial, { ...monthly, sequence: 2 }]
    const id = await account.subscribe({ planId: await account.createPlan({ billingCycles: cycles }) })
    expect((await account.subscription(id)).billingInfo).toMatchObject({
      cycleExecutions: [
        { tenureType: 'TRIAL', cyclesCompleted: 1, cyclesRemaining: 0 },
        { tenureType: 'REGULAR', cyclesCompleted: 0, totalCycles: 0 },
      ],
      nextBillingTime: '2027-02-14T10:00:00Z',
    })
    expect(await transactions(id)).toEqual([])
    account.emulator.clock.advance('P14D')
    expect(await transactions(id)).toHaveLength(1)
    expect((await account.subscription(id)).billingInfo?.nextBillingTime).toBe('2027-03-14T10:00:00Z')
  })

  it('add tax to the price or find it inside, and charge a setup fee of its own', async () => {
    const fee = { setupFee: { currencyCode: 'EUR', value: '5' } }
    const added = await account.createPlan({ taxes: { percentage: '19', inclusive: false }, paymentPreferences: fee })
    const [first, setup] = await transactions(await account.subscribe({ planId: added }))
    expect(setup?.amountWithBreakdown).toMatchObject({ grossAmount: { value: '5.00' } })
    expect(first?.amountWithBreakdown).toMatchObject({ grossAmount: { value: '23.80' }, taxAmount: { value: '3.80' } })
    const within = await account.createPlan({ taxes: { percentage: '19', inclusive: true } })
    const [sale] = await transactions(await account.subscribe({ planId: within }))
    expect(sale?.amountWithBreakdown).toMatchObject({ grossAmount: { value: '20.00' }, taxAmount: { value: '3.19' } })
  })

  it('are overridden by what one subscription was made with', async () => {
    const planId = await account.createPlan()
    const plan = { billingCycles: [{ sequence: 1, pricingScheme: price('12.5') }] }
    const id = await account.subscribe({ planId, plan })
    expect(await account.subscription(id)).toMatchObject({
      planOverridden: true,
      billingInfo: { lastPayment: { amount: { value: '12.5' } } },
    })
  })

  it('reach running subscriptions with a new price after ten days', async () => {
    const { paypal, emulator } = account
    const planId = await account.createPlan()
    const id = await account.subscribe({ planId })
    emulator.clock.advance('P20D')
    const pricingSchemes = [{ billingCycleSequence: 1, pricingScheme: price('25') }]
    await paypal.updateBillingPlanPricingSchemes({ id: planId, body: { pricingSchemes } })
    emulator.clock.advance('P2M')
    const amounts = (await transactions(id)).map(({ amountWithBreakdown }) => amountWithBreakdown.grossAmount.value)
    expect(amounts).toEqual(['25.00', '20.00', '20.00'])
  })
})
