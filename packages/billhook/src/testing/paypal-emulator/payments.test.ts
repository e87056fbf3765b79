import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccount, type TestAccount, transactionsOf } from './test-account.ts'

let account: TestAccount
let id: string
let saleId: string

beforeEach(async () => {
  account = await openTestAccount({ startAt: '2027-01-15T12:00:00Z' })
  id = await account.subscribe({ customId: 'org_1' })
  saleId = (await transactionsOf(account, id))[0]?.id ?? ''
  account.told()
})
afterEach(() => account.emulator.stop())

const refund = (body?: unknown, headers?: Record<string, string>) =>
  account.call('POST', `/v1/payments/sale/${saleId}/refund`, { body, headers })
const lastResource = () => account.emulator.events.at(-1)?.resource

describe('a sale', () => {
  it('has the old shape, in the API as in its webhook', async () => {
    const { body } = await account.call('GET', `/v1/payments/sale/${saleId}`)
    expect(body).toMatchObject({
      state: 'completed',
      amount: { total: '20.00', currency: 'EUR', details: { subtotal: '20.00' } },
      billing_agreement_id: id,
    })
    expect(body).not.toHaveProperty('custom')
    const event = account.emulator.events.find(({ event_type }) => event_type === 'PAYMENT.SALE.COMPLETED')
    expect(event).toMatchObject({ resource_type: 'sale', resource: { ...Object(body), custom: 'org_1' } })
    expect(event).not.toHaveProperty('resource_version')
  })

  it('goes back in parts, up to what it was, and as a whole only when no part has', async () => {
    const part = { amount: { total: '5.00', currency: 'EUR' } }
    const first = await refund(part, { 'paypal-request-id': 'once' })
    expect(first).toMatchObject({ status: 201, body: { state: 'completed', sale_id: saleId, amount: part.amount } })
    expect((await refund(part, { 'paypal-request-id': 'once' })).status).toBe(200)
    expect(account.told()).toEqual(['PAYMENT.SALE.REFUNDED'])
    expect(lastResource()).toMatchObject({ sale_id: saleId, amount: { total: '5.00' }, custom: 'org_1' })
    expect((await transactionsOf(account, id))[0]?.status).toBe('PARTIALLY_REFUNDED')
    expect((await refund()).body).toMatchObject({ name: 'FULL_REFUND_NOT_ALLOWED_AFTER_PARTIAL_REFUND' })
    const rest = { amount: { total: '15.01', currency: 'EUR' } }
    expect((await refund(rest)).body).toMatchObject({ name: 'REFUND_EXCEEDED_TRANSACTION_AMOUNT' })
    rest.amount.total = '15.00'
    expect((await refund(rest)).body).toMatchObject({ total_refunded_amount: { value: '20.00' } })
    expect((await refund(part)).body).toMatchObject({ name: 'TRANSACTION_ALREADY_REFUNDED' })
    const refundId = Object(first.body).id
    expect((await account.call('GET', `/v1/payments/refund/${refundId}`)).body).toMatchObject({ amount: part.amount })
  })

  it('that PayPal holds is told again when it is let go', async () => {
    account.emulator.oddNextSale('held')
    account.emulator.clock.advance('P1M')
    const held = String(lastResource()?.id)
    expect(lastResource()).toMatchObject({ state: 'completed', payment_hold_status: 'HELD' })
    account.emulator.releaseHold(held)
    expect(account.told()).toEqual(['PAYMENT.SALE.COMPLETED', 'PAYMENT.SALE.COMPLETED'])
    expect(lastResource()).toMatchObject({ id: held, payment_hold_status: 'RELEASED' })
  })

  it('that is pending completes later, or was nothing and is owed', async () => {
    for (const outcome of ['completed', 'denied'] as const) {
      account.emulator.oddNextSale('pending')
      account.emulator.clock.advance('P1M')
      account.emulator.settleSale(String(lastResource()?.id), outcome)
    }
    expect(account.told()).toEqual([
      'PAYMENT.SALE.PENDING',
      'PAYMENT.SALE.COMPLETED',
      'PAYMENT.SALE.PENDING',
      'PAYMENT.SALE.DENIED',
    ])
    expect((await account.subscription(id)).billingInfo?.outstandingBalance.value).toBe('20.0')
    expect((await transactionsOf(account, id)).map(({ status }) => status)).toEqual([
      'DECLINED',
      'COMPLETED',
      'COMPLETED',
    ])
  })
})

describe('a dispute', () => {
  it('is opened, taken up and closed, and the one that the seller loses takes the money back', async () => {
    const { emulator } = account
    const disputeId = emulator.openDispute(saleId)
    emulator.escalateDispute(disputeId)
    emulator.closeDispute(disputeId, 'buyer')
    expect(account.told()).toEqual([
      'CUSTOMER.DISPUTE.CREATED',
      'CUSTOMER.DISPUTE.UPDATED',
      'CUSTOMER.DISPUTE.RESOLVED',
      'PAYMENT.SALE.REVERSED',
    ])
    expect(lastResource()).toMatchObject({ id: saleId, amount: { total: '-20.00' } })
    expect((await account.call('GET', `/v1/customer/disputes/${disputeId}`)).body).toMatchObject({
      status: 'RESOLVED',
      disputed_transactions: [{ seller_transaction_id: saleId }],
      dispute_outcome: { outcome_code: 'RESOLVED_BUYER_FAVOUR' },
    })
    const list = await account.call('GET', `/v1/customer/disputes?disputed_transaction_id=${saleId}`)
    expect(list.body).toMatchObject({ items: [{ dispute_id: disputeId }] })
  })
})
