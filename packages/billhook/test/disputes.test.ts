import { afterEach, describe, expect, it } from 'vitest'
import { listAlerts } from '../src/domain/alerts/index.ts'
import { type Delivery, openShop, type Shop, type ShopOptions, sandboxOf, selectRows } from './support/sandbox-shop.ts'

describe('disputes', () => {
  const shops: Shop[] = []
  afterEach(async () => {
    for (const shop of shops.splice(0)) await shop.close()
  })

  /** An organization that has paid, and a bank that asks the payment back. */
  const disputed = async (options: ShopOptions = {}) => {
    const shop = await openShop(options)
    shops.push(shop)
    const subscription = await shop.subscribe()
    const payment = (await shop.billing.listPayments({ organizationId: shop.organizationId })).data[0]
    const body = { payment: payment?.externalPaymentId }
    const opened = await shop.billing.call('POST', '/sandbox/disputes', { body })
    expect(opened.status).toBe(200)
    await shop.settle()
    const { id } = opened.json as { id: string }
    return {
      shop,
      subscription,
      paymentId: payment?.id ?? '',
      close: async (status: 'won' | 'lost') => {
        await shop.billing.call('POST', `/sandbox/disputes/${id}/close`, { body: { status } })
        await shop.settle()
      },
      told: async () => {
        const events = [
          ...(await shop.events({ type: 'dispute.opened' })),
          ...(await shop.events({ type: 'dispute.closed' })),
        ]
        return events.map(({ type, data }) => [type, data.status])
      },
      alerts: async () =>
        (await listAlerts(shop.ctx, { status: 'open', limit: 100 })).data.map(({ kind }) => kind).toSorted(),
    }
  }
  const reason = 'requested_by_customer' as const

  it('block refunds while they are open and say so to a person; one that is won frees the payment', async () => {
    const { shop, paymentId, close, told, alerts } = await disputed()
    const { organizationId } = shop
    const refund = () => shop.billing.refundPayment({ organizationId, paymentId, reason })
    expect(await shop.billing.getPayment({ organizationId, paymentId })).toMatchObject({
      isDisputed: true,
      amountRefundable: 0,
    })
    await expect(refund()).rejects.toMatchObject({ code: 'payment_disputed', status: 409 })
    expect(await alerts()).toEqual(['payment_disputed'])
    await close('won')
    expect(await told()).toEqual([
      ['dispute.opened', 'needs_response'],
      ['dispute.closed', 'won'],
    ])
    expect(await refund()).toMatchObject({ outcome: 'refunded', refund: { amount: 1000 } })
  })

  it('that are lost leave nothing to refund, and by default the subscription goes on', async () => {
    const { shop, paymentId, close, told, alerts } = await disputed()
    await close('lost')
    expect(await told()).toEqual([
      ['dispute.opened', 'needs_response'],
      ['dispute.closed', 'lost'],
    ])
    expect(await alerts()).toEqual(['dispute_lost', 'payment_disputed'])
    const { organizationId } = shop
    await expect(shop.billing.refundPayment({ organizationId, paymentId, reason })).rejects.toMatchObject({
      code: 'refund_exceeds_payment',
    })
    expect(await shop.current()).toMatchObject({ status: 'active', access: { allowed: true } })
  })

  it('that are lost end subscription and paid time where the policy says so, with a line in the audit log', async () => {
    const { shop, subscription, close } = await disputed({ settings: { lostDisputePolicy: 'end_now' } })
    await close('lost')
    expect(await shop.current()).toMatchObject({ id: subscription.id, status: 'canceled', access: { allowed: false } })
    expect(
      await selectRows(shop.billing, `select action, subject from billhook.audit_log where action = 'end_now'`),
    ).toEqual([{ action: 'end_now', subject: subscription.id }])
  })

  const typeOf = ({ rawBody }: Delivery): string => JSON.parse(new TextDecoder().decode(rawBody)).type

  /** A buyer whose deliveries come, but none about bills: the payment is not known here. */
  const withoutBills = async () => {
    const shop = await openShop({ capture: true })
    shops.push(shop)
    const session = await shop.checkout()
    await shop.pay(session.url)
    await sandboxOf(shop.billing).advance('PT0S')
    const bring = async (isWanted: (type: string) => boolean) => {
      for (const delivery of shop.deliveries.splice(0).filter((sent) => isWanted(typeOf(sent))))
        await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
      await shop.billing.runJobs()
    }
    await bring((type) => !type.startsWith('invoice.'))
    const sandbox = sandboxOf(shop.billing)
    const { externalCustomerId } = await shop.current()
    const { data } = await sandbox.listInvoices({ externalCustomerId: externalCustomerId ?? '' })
    const payment = data[0]?.payments?.[0]?.externalPaymentId ?? ''
    expect(await selectRows(shop.billing, 'select id from billhook.payments')).toEqual([])
    await shop.billing.call('POST', '/sandbox/disputes', { body: { payment } })
    await sandbox.advance('PT0S')
    return { shop, sandbox, bring }
  }

  it('of a payment that is not known yet make its bill known first', async () => {
    const { shop, bring } = await withoutBills()
    await bring((type) => type === 'dispute.changed')
    expect(await shop.events({ type: 'dispute.opened' })).toHaveLength(1)
    expect((await shop.billing.listInvoices({ organizationId: shop.organizationId })).data).toMatchObject([
      { status: 'paid' },
    ])
  })

  it('of a payment that is for none of our bills are ignored, and the inbox says why', async () => {
    const { shop, sandbox, bring } = await withoutBills()
    sandbox.listInvoices = async () => ({ data: [], nextCursor: null })
    await bring((type) => type === 'dispute.changed')
    expect(
      await selectRows(
        shop.billing,
        `select status, reason from billhook.webhook_events where type = 'dispute.changed'`,
      ),
    ).toEqual([{ status: 'ignored', reason: 'not ours: its payment is of no bill that is known here' }])
    expect(await shop.events({ type: 'dispute.opened' })).toEqual([])
  })
})
