import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inOrganization } from '../src/db/index.ts'
import { applyRefund, originOf } from '../src/domain/sync/index.ts'
import type { RefundData, RefundStatus } from '../src/providers/provider.ts'
import { addOrganization, openShop, type Shop, sandboxOf, shopActions } from './support/sandbox-shop.ts'

describe('snapshots of a refund', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.close())

  let buyers = 0
  const paid = async () => {
    buyers += 1
    const organizationId = await addOrganization(shop.billing, `buyer-${buyers}`)
    await shopActions(shop.billing, organizationId).subscribe()
    const payment = (await shop.billing.listPayments({ organizationId })).data[0]
    const snapshot = (status: RefundStatus, amount = 400, id = `re_${buyers}`): RefundData => ({
      externalRefundId: id,
      externalPaymentId: payment?.externalPaymentId ?? '',
      externalInvoiceId: null,
      externalCustomerId: null,
      status,
      amount,
      currency: 'EUR',
      reason: null,
      failureMessage: status === 'failed' ? 'account closed' : null,
      createdAt: new Date('2026-02-01T00:00:00Z'),
      reference: {},
    })
    const apply = (data: RefundData, second: number) =>
      inOrganization(shop.ctx.db, organizationId, (scope) =>
        applyRefund(shop.ctx, scope, {
          origin: originOf(sandboxOf(shop.billing)),
          snapshot: data,
          observation: { by: 'event', at: new Date(Date.UTC(2026, 1, 1, 0, 0, second)), ticket: 0, source: 'webhook' },
        }),
      )
    const state = async () => {
      const now = await shop.billing.getPayment({ organizationId, paymentId: payment?.id ?? '' })
      const bill = (await shop.billing.listInvoices({ organizationId })).data[0]
      return [now.refunds.map(({ status }) => status), now.amountRefundable, bill?.amountRefunded]
    }
    const told = async () =>
      (await shopActions(shop.billing, organizationId).events({ type: 'payment.refunded' })).map(
        ({ data }) => data.amount,
      )
    return { snapshot, apply, state, told, organizationId }
  }

  it('keep money that is on its way from being refunded again, and tell of it when it has gone', async () => {
    const { snapshot, apply, state, told } = await paid()
    await apply(snapshot('pending'), 1)
    expect([await state(), await told()]).toEqual([[['pending'], 600, 0], []])
    await apply(snapshot('succeeded'), 2)
    expect([await state(), await told()]).toEqual([[['succeeded'], 600, 400], [400]])
    await apply(snapshot('succeeded'), 3)
    expect(await told()).toEqual([400])
  })

  it('that failed after all give the amount back, in whatever order they come', async () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
      [1, 0, 2],
    ]) {
      const { snapshot, apply, state } = await paid()
      const statuses = ['pending', 'succeeded', 'failed'] as const
      for (const place of order) await apply(snapshot(statuses[place] ?? 'pending'), place + 1)
      expect(await state(), order.join()).toEqual([['failed'], 1000, 0])
    }
  })

  it('never make a bill show more refunded than was paid', async () => {
    const { snapshot, apply, state } = await paid()
    await apply(snapshot('succeeded', 700, `a_${buyers}`), 1)
    await apply(snapshot('succeeded', 700, `b_${buyers}`), 2)
    expect(await state()).toEqual([['succeeded', 'succeeded'], 0, 1000])
  })

  it('of one second that differ are asked for at the provider', async () => {
    const { snapshot, apply } = await paid()
    await apply(snapshot('pending'), 1)
    expect(await apply(snapshot('succeeded'), 1)).toEqual({ outcome: 'reread' })
  })

  it('of a payment of another organization find nothing there', async () => {
    const [own, other] = [await paid(), await paid()]
    expect(await own.apply(other.snapshot('succeeded'), 1)).toMatchObject({ outcome: 'needs_payment' })
    expect(await other.state()).toEqual([[], 1000, 0])
  })
})
