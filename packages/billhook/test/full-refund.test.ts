import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAlerts } from '../src/domain/alerts/index.ts'
import type { Payment } from '../src/domain/payments/index.ts'
import {
  addOrganization,
  type Delivery,
  openShop,
  type Shop,
  type ShopOptions,
  sandboxOf,
  selectRows,
  shopActions,
} from './support/sandbox-shop.ts'

const reason = 'requested_by_customer' as const
const endNow: ShopOptions = { settings: { fullRefundPolicy: 'end_now' } }

describe('A payment that goes back whole', () => {
  let byPolicy: Shop
  beforeAll(async () => {
    byPolicy = await openShop(endNow)
  })
  afterAll(() => byPolicy.close())

  let buyers = 0
  /** An organization of a shop that has bought nothing yet, and how it gets its money back. */
  const buyerIn = async ({ billing, ctx }: Shop) => {
    buyers += 1
    const organizationId = await addOrganization(billing, `buyer-${buyers}`)
    const actions = shopActions(billing, organizationId)
    const payments = async () => (await billing.listPayments({ organizationId })).data.toReversed()
    const refund = async (payment: Payment | undefined, amount?: number) => {
      await billing.refundPayment({ organizationId, paymentId: payment?.id ?? '', reason, amount })
      await actions.settle()
    }
    const alerts = async () => (await listAlerts(ctx, { organizationId, status: 'open', limit: 10 })).data
    const ends = () =>
      selectRows(
        billing,
        `select actor, subject from billhook.audit_log where action = 'end_now' and organization_id = '${organizationId}'`,
      )
    return { ...actions, billing, organizationId, payments, refund, alerts, ends }
  }

  it('ends nothing unless the policy says so', async () => {
    const shop = await openShop()
    const buyer = await buyerIn(shop)
    const { paidThroughAt } = await buyer.subscribe()
    await buyer.refund((await buyer.payments())[0])
    expect(await buyer.current()).toMatchObject({ status: 'active', paidThroughAt, access: { allowed: true } })
    expect(await buyer.alerts()).toEqual([])
    await shop.close()
  })

  it('ends subscription and paid time at once by policy, a part of it does not', async () => {
    const buyer = await buyerIn(byPolicy)
    const bought = await buyer.subscribe()
    const [payment] = await buyer.payments()
    await buyer.refund(payment, 400)
    expect(await buyer.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    await buyer.refund(payment)
    const ended = await buyer.current()
    expect(ended).toMatchObject({ id: bought.id, status: 'canceled', access: { allowed: false } })
    expect(ended.paidThroughAt).toEqual(ended.endedAt)
    expect(await buyer.ends()).toMatchObject([{ subject: bought.id }])
    expect(await buyer.alerts()).toEqual([])
  })

  it('takes back the paid time that a subscription has left after its end', async () => {
    const buyer = await buyerIn(byPolicy)
    const { id } = await buyer.subscribe()
    const sandbox = sandboxOf(buyer.billing)
    // An account that can only end at once leaves the time that is paid for.
    const { capabilities } = sandbox
    Object.assign(sandbox, { capabilities: { ...capabilities, cancel: { immediately: true, atPeriodEnd: false } } })
    const { externalSubscriptionId } = await buyer.current()
    const input = { externalSubscriptionId: externalSubscriptionId ?? '', atPeriodEnd: false }
    const operation = { id: 'seller', idempotencyKey: 'seller', startedAt: new Date(0) }
    await sandbox.cancelSubscription(input, { ...operation, kind: 'cancel_subscription', input })
    await buyer.settle()
    expect(await buyer.current()).toMatchObject({
      status: 'canceled',
      access: { allowed: true, reason: 'paid_through' },
    })
    await buyer.refund((await buyer.payments())[0])
    expect(await buyer.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
    expect(await buyer.ends()).toEqual([{ actor: 'full_refund_policy', subject: id }])
    // Nor does looking at the bill again give the time back.
    const [invoice] = (await buyer.billing.listInvoices({ organizationId: buyer.organizationId })).data
    await buyer.billing.syncInvoiceFromProvider({
      organizationId: buyer.organizationId,
      provider: 'sandbox',
      externalInvoiceId: invoice?.externalInvoiceId ?? '',
    })
    expect(await buyer.current()).toMatchObject({ access: { allowed: false } })
  })

  it('ends nothing when its time is over and a later bill is paid', async () => {
    const buyer = await buyerIn(byPolicy)
    await buyer.subscribe()
    await buyer.advance('P1M')
    const [first, second] = await buyer.payments()
    await buyer.refund(first)
    expect(await buyer.current()).toMatchObject({ status: 'active', access: { allowed: true } })
    await buyer.refund(second)
    expect(await buyer.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
  })

  it('ends the same when it is heard of before the bill that it paid', async () => {
    const shop = await openShop({ ...endNow, capture: true })
    const session = await shop.checkout()
    await shop.pay(session.url)
    const sandbox = sandboxOf(shop.billing)
    await sandbox.advance('PT0S')
    const bring = async (isWanted: (type: string) => boolean) => {
      for (const delivery of shop.deliveries.splice(0).filter((sent) => isWanted(typeOf(sent))))
        await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
      await shop.billing.runJobs()
    }
    await bring((type) => !type.startsWith('invoice.'))
    const { externalCustomerId } = await shop.current()
    const [bill] = (await sandbox.listInvoices({ externalCustomerId: externalCustomerId ?? '' })).data
    const [paid] = bill?.payments ?? []
    const externalPaymentId = paid?.externalPaymentId ?? ''
    const input = { externalPaymentId, amount: 1000, currency: 'EUR', reason, reference: {} }
    const operation = { id: 'seller', idempotencyKey: 'seller', startedAt: new Date(0) }
    await sandbox.refunds?.createRefund(input, { ...operation, kind: 'create_refund', input })
    await sandbox.advance('PT0S')
    await bring((type) => type === 'refund.changed')
    expect(await shop.current()).toMatchObject({ status: 'canceled', access: { allowed: false } })
    await shop.close()
  })

  const typeOf = ({ rawBody }: Delivery): string => JSON.parse(new TextDecoder().decode(rawBody)).type
})
