import {
  CaptureType,
  IntervalUnit,
  PayeePaymentMethodPreference,
  SetupFeeFailureAction,
} from '@paypal/paypal-server-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monthly, openTestAccount, refusalOf, type TestAccount, transactionsOf } from './test-account.ts'

let account: TestAccount

beforeEach(async () => {
  account = await openTestAccount({ startAt: '2027-01-15T12:00:00Z' })
})
afterEach(() => account.emulator.stop())

const billingOf = async (id: string) => (await account.subscription(id)).billingInfo
const sums = async (id: string) =>
  (await transactionsOf(account, id)).map(({ status, amountWithBreakdown }) => [
    status,
    amountWithBreakdown.grossAmount.value,
  ])

describe('a charge that fails', () => {
  it('is tried again after five days and after ten, and shows in nothing but the last failure until then', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.told()
    account.emulator.clock.advance('P1M')
    expect(await account.subscription(id)).toMatchObject({
      status: 'ACTIVE',
      billingInfo: {
        outstandingBalance: { value: '0.0' },
        failedPaymentsCount: 0,
        nextBillingTime: '2027-02-15T10:00:00Z',
        lastFailedPayment: {
          time: '2027-02-15T10:13:00Z',
          amount: { value: '20.0' },
          nextPaymentRetryTime: '2027-02-20T10:13:00Z',
        },
      },
    })
    account.emulator.clock.advance('P5D')
    expect((await billingOf(id))?.lastFailedPayment?.nextPaymentRetryTime).toBe('2027-02-25T10:13:00Z')
    expect(account.told()).toEqual(['BILLING.SUBSCRIPTION.PAYMENT.FAILED', 'BILLING.SUBSCRIPTION.PAYMENT.FAILED'])
  })

  it('is over when a retry works, and the next one comes on its day', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.emulator.clock.advance('P1M')
    account.emulator.changeFunding(id, 'pays')
    account.emulator.clock.advance('P5D')
    expect(await billingOf(id)).toMatchObject({
      lastPayment: { time: '2027-02-20T10:13:00Z' },
      nextBillingTime: '2027-03-15T10:00:00Z',
      failedPaymentsCount: 0,
      outstandingBalance: { value: '0.0' },
    })
  })

  it('counts after the second retry, becomes debt, and is taken together with the next cycle', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.emulator.clock.advance('P1M10D')
    expect(await billingOf(id)).toMatchObject({
      outstandingBalance: { value: '20.0' },
      failedPaymentsCount: 1,
      nextBillingTime: '2027-03-15T10:00:00Z',
    })
    account.emulator.changeFunding(id, 'pays')
    account.emulator.clock.advance('P1M')
    expect((await sums(id)).at(0)).toEqual(['COMPLETED', '40.00'])
    expect(await billingOf(id)).toMatchObject({ outstandingBalance: { value: '0.0' }, failedPaymentsCount: 0 })
  })

  it('is retried without the debt that was captured meanwhile', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.emulator.clock.advance('P2M')
    account.emulator.changeFunding(id, 'pays')
    await capture(id, captureOf('20'))
    account.emulator.clock.advance('P5D')
    expect((await sums(id)).slice(0, 3)).toEqual([
      ['COMPLETED', '20.00'],
      ['COMPLETED', '20.00'],
      ['DECLINED', '40.00'],
    ])
    expect((await billingOf(id))?.outstandingBalance.value).toBe('0.0')
  })

  it('stays debt where the plan does not bill it by itself, until it is captured', async () => {
    const planId = await account.createPlan({ paymentPreferences: { autoBillOutstanding: false } })
    const id = await account.subscribe({ planId }, { funding: 'fails_later' })
    account.emulator.clock.advance('P1M10D')
    account.emulator.changeFunding(id, 'pays')
    account.emulator.clock.advance('P1M')
    expect(await billingOf(id)).toMatchObject({ outstandingBalance: { value: '20.0' }, failedPaymentsCount: 0 })
    const body = captureOf('20')
    const tooMuch = captureOf('20.01')
    expect(await refusalOf(capture(id, tooMuch))).toEqual([422, 'AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE'])
    expect((await capture(id, body)).result).toMatchObject({ status: 'COMPLETED' })
    expect(await refusalOf(capture(id, body))).toEqual([422, 'ZERO_OUTSTANDING_BALANCE'])
  })

  it('suspends at the threshold, which cannot be undone before the debt is paid', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.emulator.clock.advance('P2M10D')
    expect(await account.subscription(id)).toMatchObject({
      status: 'SUSPENDED',
      billingInfo: { failedPaymentsCount: 2, outstandingBalance: { value: '40.0' } },
    })
    expect(account.told().at(-1)).toBe('BILLING.SUBSCRIPTION.SUSPENDED')
    const activate = () => account.paypal.activateSubscription({ id, body: { reason: 'Again' } })
    expect(await refusalOf(activate())).toEqual([422, 'SUBSCRIPTION_CANNOT_BE_ACTIVATED'])
    account.emulator.changeFunding(id, 'pays')
    await capture(id, captureOf('40'))
    await activate()
    expect((await account.subscription(id)).status).toBe('ACTIVE')
  })

  it('is debt at once when the subscription is suspended, and is not tried again', async () => {
    const id = await account.subscribe({}, { funding: 'fails_later' })
    account.emulator.clock.advance('P1M')
    await account.paypal.suspendSubscription({ id, body: { reason: 'Holiday' } })
    account.emulator.changeFunding(id, 'pays')
    account.emulator.clock.advance('P10D')
    expect(await billingOf(id)).toMatchObject({ outstandingBalance: { value: '20.0' }, failedPaymentsCount: 0 })
    expect((await billingOf(id))?.lastFailedPayment).not.toHaveProperty('nextPaymentRetryTime')
  })

  it('is given up when the next cycle is due before the retry', async () => {
    const daily = { ...monthly, frequency: { intervalUnit: IntervalUnit.Day, intervalCount: 2 } }
    const planId = await account.createPlan({ billingCycles: [daily] })
    const id = await account.subscribe({ planId }, { funding: 'fails_later' })
    account.emulator.clock.advance('P5D')
    expect(await sums(id)).toEqual([
      ['DECLINED', '40.00'],
      ['DECLINED', '20.00'],
      ['COMPLETED', '20.00'],
    ])
  })
})

describe('the first charge', () => {
  it('keeps the buyer on the page where the money is wanted at once, and otherwise makes a subscription that owes it', async () => {
    const paymentMethod = { payeePreferred: PayeePaymentMethodPreference.ImmediatePaymentRequired }
    const urls = { returnUrl: 'https://shop.example.test/done', cancelUrl: 'https://shop.example.test/back' }
    const strict = await account.openSubscription({ applicationContext: { ...urls, paymentMethod } })
    expect(account.emulator.approve(strict.approveUrl, { funding: 'declines' })).toBe(false)
    expect((await account.subscription(strict.id)).status).toBe('APPROVAL_PENDING')
    const id = await account.subscribe({}, { funding: 'declines' })
    expect(await account.subscription(id)).toMatchObject({
      status: 'ACTIVE',
      billingInfo: { lastFailedPayment: { nextPaymentRetryTime: '2027-01-20T12:00:00Z' } },
    })
  })

  it('cancels for want of the setup fee, or goes on with it as debt, as the plan says', async () => {
    const setupFee = { currencyCode: 'EUR', value: '5' }
    const strict = await account.createPlan({ paymentPreferences: { setupFee } })
    const ended = await account.subscribe({ planId: strict }, { funding: 'declines' })
    expect((await account.subscription(ended)).status).toBe('CANCELLED')
    const lenient = await account.createPlan({
      paymentPreferences: { setupFee, setupFeeFailureAction: SetupFeeFailureAction.Continue },
    })
    const id = await account.subscribe({ planId: lenient }, { funding: 'declines' })
    expect(await account.subscription(id)).toMatchObject({
      status: 'ACTIVE',
      billingInfo: { outstandingBalance: { value: '5.0' } },
    })
  })
})

const captureOf = (value: string) => ({
  note: 'Debt',
  captureType: CaptureType.OutstandingBalance,
  amount: { currencyCode: 'EUR', value },
})

function capture(id: string, body: ReturnType<typeof captureOf>) {
  return account.paypal.captureSubscription({ id, body })
}
