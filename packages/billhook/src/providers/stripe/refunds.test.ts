import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreateRefundInput } from '../operation.ts'
import { type EmulatedAccount, receiveEvents, startEmulatedAccount } from './testing/emulated-account.ts'

let account: EmulatedAccount
let invoiceId: string
beforeEach(async () => {
  account = await startEmulatedAccount()
})
afterEach(() => account.emulator.stop())

async function bought(card?: string): Promise<string> {
  const id = await account.subscribe({ ...(card && { card }) })
  invoiceId = (await account.provider.retrieveSubscription(id)).latestExternalInvoiceId ?? ''
  const { payments } = await account.provider.retrieveInvoice(invoiceId)
  return payments?.[0]?.externalPaymentId ?? ''
}

const refundOf = (externalPaymentId: string, amount: number): CreateRefundInput => ({
  ...{ externalPaymentId, amount, currency: 'EUR', reason: 'requested_by_customer' },
  reference: { organizationId: 'bhorg_1' },
})
function refund(input: CreateRefundInput, operation = account.operation('create_refund', input)) {
  return account.provider.refunds?.createRefund(input, operation)
}

describe('refunds', () => {
  it('give back a part and then the rest, with our reference, and show on the invoice', async () => {
    const payment = await bought()
    const operation = account.operation('create_refund', refundOf(payment, 1000))
    const part = await refund(refundOf(payment, 1000), operation)
    expect(part).toMatchObject({
      ...{ externalPaymentId: payment, externalCustomerId: expect.any(String), status: 'succeeded', amount: 1000 },
      ...{ currency: 'EUR', reason: 'requested_by_customer', failureMessage: null },
      reference: { organizationId: 'bhorg_1', operationId: operation.id },
    })
    expect(await account.provider.refunds?.retrieveRefund(part?.externalRefundId ?? '')).toEqual(part)
    expect(await refund(refundOf(payment, 1000), operation)).toEqual(part)
    expect(await account.provider.retrieveInvoice(invoiceId)).toMatchObject({ amountRefunded: 1000, status: 'paid' })
    await refund(refundOf(payment, 3900))
    expect(await account.provider.retrieveInvoice(invoiceId)).toMatchObject({ amountRefunded: 4900, amountPaid: 4900 })
    expect(account.emulator.state.refunds.size).toBe(2)
  })

  it('are not possible above what is left, nor for a payment that never came or that Stripe never had', async () => {
    const payment = await bought()
    const impossible = { code: 'refund_not_possible', outcome: 'failed', status: 409 }
    await expect(refund(refundOf(payment, 4901))).rejects.toMatchObject(impossible)
    await refund(refundOf(payment, 4900))
    await expect(refund(refundOf(payment, 1))).rejects.toMatchObject(impossible)
    account.emulator.pay(await account.openSession(), { card: '4000002760003184' })
    const unpaid = [...account.emulator.state.paymentIntents.keys()].at(-1) ?? ''
    await expect(refund(refundOf(unpaid, 100))).rejects.toMatchObject(impossible)
    await expect(refund(refundOf('pr_1', 100))).rejects.toMatchObject(impossible)
    await expect(refund(refundOf('pi_none', 100))).rejects.toMatchObject({ code: 'resource_missing' })
  })

  it('take a charge as well as a payment intent', async () => {
    await bought()
    const charge = [...account.emulator.state.charges.keys()][0] ?? ''
    expect(await refund(refundOf(charge, 500))).toMatchObject({ amount: 500 })
    expect(account.emulator.requests.at(-1)?.params).toMatchObject({ charge })
  })

  it.each([
    ['succeeded', { status: 'succeeded', failureMessage: null }, ['refund.created', 'refund.updated']],
    [
      'failed',
      { status: 'failed', failureMessage: 'lost_or_stolen_card' },
      ['refund.created', 'refund.updated', 'refund.failed'],
    ],
  ] as const)('that take their time are pending and tell when they %s', async (end, expected, types) => {
    const payment = await bought('4000000000007726')
    const position = account.emulator.events.length
    const made = await refund(refundOf(payment, 4900))
    expect(made?.status).toBe('pending')
    account.emulator.settleRefund(made?.externalRefundId ?? '', end)
    expect(await account.provider.refunds?.retrieveRefund(made?.externalRefundId ?? '')).toMatchObject(expected)
    const told = account.emulator.events.slice(position)
    for (const render of [undefined, account.emulator.toLegacyShape]) {
      const events = (await receiveEvents(account, told, render)).filter(({ kind }) => kind === 'refund.changed')
      expect(events).toHaveLength(types.length)
      expect(events.at(-1)).toMatchObject({ refs: { externalPaymentId: payment }, snapshot: expected })
    }
    expect(told.map(({ type }) => type).filter((type) => type.startsWith('refund'))).toEqual(types)
  })

  it('come as refund.*; their twin charge.refunded is left aside and says why', async () => {
    const payment = await bought()
    const position = account.emulator.events.length
    await refund(refundOf(payment, 100))
    expect(await receiveEvents(account, account.emulator.events.slice(position))).toMatchObject([
      { kind: 'refund.changed', snapshot: { amount: 100 } },
      { kind: 'ignored', reason: 'the same refund comes as refund.created' },
    ])
  })
})

describe('disputes', () => {
  it.each(['won', 'lost'] as const)('are told from the first day to the last: %s', async (end) => {
    const payment = await bought()
    const position = account.emulator.events.length
    const dispute = account.emulator.openDispute(payment)
    await expect(refund(refundOf(payment, 100))).rejects.toMatchObject({ code: 'refund_not_possible' })
    account.emulator.closeDispute(dispute, end)
    const events = await receiveEvents(account, account.emulator.events.slice(position))
    expect(events.length).toBeGreaterThanOrEqual(3)
    expect(events[0]).toMatchObject({
      kind: 'dispute.changed',
      refs: { externalPaymentId: payment },
      snapshot: {
        ...{ externalDisputeId: dispute, externalPaymentId: payment, externalCustomerId: null, amount: 4900 },
        ...{ status: 'needs_response', currency: 'EUR', reason: 'fraudulent' },
        respondBy: new Date('2026-03-08T00:00:00Z'),
      },
    })
    expect(events.at(-1)).toMatchObject({ kind: 'dispute.changed', snapshot: { status: end } })
  })
})
