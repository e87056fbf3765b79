import { ApplicationContextUserAction, IntervalUnit, PatchOp } from '@paypal/paypal-server-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  applicationContext,
  freeTrial,
  monthly,
  openTestAccount,
  refusalOf,
  type TestAccount,
  transactionsOf,
} from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount({ startAt: '2027-01-15T12:00:00Z' })
})
afterEach(() => account.emulator.stop())

const bigger = { billingCycles: [{ ...monthly, pricingScheme: { fixedPrice: { currencyCode: 'EUR', value: '50' } } }] }
const approveLink = (links: Array<{ rel: string; href: string }> = []) =>
  links.find(({ rel }) => rel === 'approve')?.href
const amounts = async (id: string) =>
  (await transactionsOf(account, id)).map(({ amountWithBreakdown }) => amountWithBreakdown.grossAmount.value)

describe('a revision', () => {
  it('changes nothing before the buyer agrees, then the price from the next cycle on', async () => {
    const { paypal, emulator } = account
    const id = await account.subscribe()
    const planId = await account.createPlan(bigger)
    const { result } = await paypal.reviseSubscription({ id, body: { planId, quantity: '3', applicationContext } })
    expect(result).toMatchObject({ planId, quantity: '3' })
    const before = await account.subscription(id)
    expect(before.planId).not.toBe(planId)
    emulator.clock.advance('PT1H')
    account.told()
    emulator.approve(approveLink(result.links) ?? '')
    expect(account.told()).toEqual(['BILLING.SUBSCRIPTION.UPDATED'])
    expect(await account.subscription(id)).toMatchObject({
      planId,
      quantity: '3',
      billingInfo: { nextBillingTime: before.billingInfo?.nextBillingTime },
    })
    expect(await amounts(id)).toEqual(['20.00'])
    emulator.clock.advance('P1M')
    expect(await amounts(id)).toEqual(['150.00', '20.00'])
  })

  it('that nobody agrees to leaves the old plan, and its link ends', async () => {
    const { paypal, emulator } = account
    const id = await account.subscribe()
    const planId = await account.createPlan(bigger)
    const { result } = await paypal.reviseSubscription({ id, body: { planId } })
    emulator.clock.advance('PT4H')
    expect(() => emulator.approve(approveLink(result.links) ?? '')).toThrow('There is no such resource')
    emulator.clock.advance('P1M')
    expect(await amounts(id)).toEqual(['20.00', '20.00'])
  })

  it('goes only to plans of the same product that are active', async () => {
    const { paypal } = account
    const id = await account.subscribe()
    const other = await account.createPlan({ productId: await account.createProduct() })
    const revise = (planId: string) => refusalOf(paypal.reviseSubscription({ id, body: { planId } }))
    expect(await revise(other)).toEqual([422, 'PLAN_PRODUCT_NOT_COMPATIBLE'])
    const gone = await account.createPlan()
    await paypal.deactivateBillingPlan(gone)
    expect(await revise(gone)).toEqual([422, 'PLAN_STATUS_INVALID'])
    expect(await revise('P-GONE')).toEqual([404, 'INVALID_RESOURCE_ID'])
  })

  it('needs no consent where a card pays', async () => {
    const id = await account.subscribe({}, { source: 'card' })
    const planId = await account.createPlan(bigger)
    const { result } = await account.paypal.reviseSubscription({ id, body: { planId } })
    expect(approveLink(result.links)).toBeUndefined()
    expect((await account.subscription(id)).planId).toBe(planId)
  })

  it('gives no second trial, and counts another rhythm from the next charge', async () => {
    const { paypal, emulator } = account
    const id = await account.subscribe()
    const frequency = { intervalUnit: IntervalUnit.Year, intervalCount: 1 }
    const cycles = [freeTrial, { ...monthly, sequence: 2, frequency }]
    const planId = await account.createPlan({ billingCycles: cycles })
    await paypal.reviseSubscription({ id, body: { planId } })
    emulator.approve(id)
    emulator.clock.advance('P1M')
    expect(await amounts(id)).toEqual(['20.00', '20.00'])
    expect((await account.subscription(id)).billingInfo?.nextBillingTime).toBe('2028-02-15T10:00:00Z')
  })
})

describe('a patch', () => {
  const patch = (id: string, path: string, value: unknown) =>
    account.paypal.patchSubscription({ id, body: [{ op: PatchOp.Replace, path, value }] })

  it('changes the custom id, and in a wallet a price only of cycles that are ten days off', async () => {
    const id = await account.subscribe()
    await patch(id, '/custom_id', 'org_2')
    account.emulator.clock.advance('P25D')
    const price = { currency_code: 'EUR', value: '30' }
    await patch(id, '/plan/billing_cycles/@sequence==1/pricing_scheme/fixed_price', price)
    account.emulator.clock.advance('P2M')
    expect(await account.subscription(id)).toMatchObject({ customId: 'org_2', planOverridden: true })
    expect(await amounts(id)).toEqual(['30.00', '20.00', '20.00'])
  })

  it('ends a subscription after the cycles it has had, and not before', async () => {
    const id = await account.subscribe()
    account.emulator.clock.advance('P1M')
    const path = '/plan/billing_cycles/@sequence==1/total_cycles'
    expect(await refusalOf(patch(id, path, 1))).toEqual([422, 'INVALID_BILLING_TOTAL_CYCLES'])
    await patch(id, path, 2)
    account.emulator.clock.advance('P1M')
    expect((await account.subscription(id)).status).toBe('EXPIRED')
    expect(await amounts(id)).toEqual(['20.00', '20.00'])
  })

  it('is refused as a whole where one field cannot be patched', async () => {
    const id = await account.subscribe({ customId: 'org_1' })
    const body = [
      { op: PatchOp.Replace, path: '/custom_id', value: 'org_2' },
      { op: PatchOp.Replace, path: '/plan_id', value: 'P-OTHER' },
    ]
    expect(await refusalOf(account.paypal.patchSubscription({ id, body }))).toEqual([400, 'INVALID_PATCH_PATH'])
    expect((await account.subscription(id)).customId).toBe('org_1')
    expect(
      await refusalOf(patch(id, '/billing_info/outstanding_balance', { currency_code: 'EUR', value: '1' })),
    ).toEqual([422, 'AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE'])
    const { id: open } = await account.openSubscription()
    expect(await refusalOf(patch(open, '/custom_id', 'x'))).toEqual([422, 'SUBSCRIPTION_STATUS_INVALID'])
  })
})

describe('what is done on the pages of PayPal', () => {
  it('is told by webhooks, with no reason', async () => {
    const id = await account.subscribe()
    account.told()
    account.emulator.suspendAtPaypal(id)
    expect(await account.subscription(id)).toMatchObject({ status: 'SUSPENDED' })
    expect(await account.subscription(id)).not.toHaveProperty('statusChangeNote')
    account.emulator.resumeAtPaypal(id)
    account.emulator.cancelAtPaypal(id)
    expect(account.told()).toEqual([
      'BILLING.SUBSCRIPTION.SUSPENDED',
      'BILLING.SUBSCRIPTION.RE-ACTIVATED',
      'BILLING.SUBSCRIPTION.CANCELLED',
    ])
  })
})

describe('a subscription that is made', () => {
  it('begins when it was told to, and with CONTINUE only when the merchant activates it', async () => {
    const id = await account.subscribe({ startTime: '2027-02-01T12:00:00Z' })
    account.emulator.clock.advance('P16DT23H')
    expect(await amounts(id)).toEqual([])
    account.emulator.clock.advance('PT1H')
    expect(await amounts(id)).toEqual(['20.00'])
    const context = { ...applicationContext, userAction: ApplicationContextUserAction.Continue }
    const waiting = await account.subscribe({ applicationContext: context })
    expect((await account.subscription(waiting)).status).toBe('APPROVED')
    await account.paypal.activateSubscription({ id: waiting, body: { reason: 'Now' } })
    expect((await account.subscription(waiting)).status).toBe('ACTIVE')
  })

  it('tells CREATED before the buyer has agreed, then ACTIVATED and the sale', async () => {
    const planId = await account.createPlan()
    account.told()
    const { id } = await account.openSubscription({ planId })
    expect(account.told()).toEqual(['BILLING.SUBSCRIPTION.CREATED'])
    account.emulator.decline(id)
    expect(account.told()).toEqual([])
    account.emulator.approve(id)
    expect(account.told()).toEqual(['BILLING.SUBSCRIPTION.ACTIVATED', 'PAYMENT.SALE.COMPLETED'])
  })
})
