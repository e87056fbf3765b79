import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReconcileRun } from '../src/index.ts'
import { openShop, type Shop, sandboxOf, selectRows } from './support/sandbox-shop.ts'
import { shopFor } from './support/stripe-shop.ts'

const reason = 'requested_by_customer' as const
const told = ['payment.refunded', 'dispute.opened', 'dispute.closed'] as const

async function buyer() {
  const shop = await openShop({ capture: true })
  onTestFinished(() => shop.close())
  const bring = async () => {
    await sandboxOf(shop.billing).advance('PT0S')
    for (const delivery of shop.deliveries.splice(0))
      await shop.billing.receiveWebhook({ provider: 'sandbox', ...delivery })
    await shop.billing.runJobs()
  }
  const session = await shop.checkout()
  await shop.pay(session.url)
  await bring()
  const [payment] = (await shop.billing.listPayments({ organizationId: shop.organizationId })).data
  if (!payment) throw new Error('nothing was paid')
  return { shop, bring, payment, ...atTheBank(shop) }
}

/** What happens to a payment at the provider alone. */
const atTheBank = ({ billing }: Shop) => ({
  giveBack: async (externalPaymentId: string, amount: number) => {
    const input = { externalPaymentId, amount, currency: 'EUR', reason, reference: {} }
    const id = `bhop_elsewhere_${amount}`
    const operation = { id, kind: 'create_refund' as const, idempotencyKey: id, input, startedAt: new Date(0) }
    return sandboxOf(billing).refunds?.createRefund(input, operation)
  },
  dispute: async (payment: string) => {
    const { json } = await billing.call('POST', '/sandbox/disputes', { body: { payment } })
    return (json as { id: string }).id
  },
  decide: (id: string, status: 'won' | 'lost') =>
    billing.call('POST', `/sandbox/disputes/${id}/close`, { body: { status } }),
})

const foundBy = async ({ billing }: Pick<Shop, 'billing'>, { id }: ReconcileRun) =>
  (await billing.getReconcileRun({ runId: id, limit: 100 })).differences.data.map((found) =>
    [found.kind, found.object, found.field, found.severity, found.resolution].filter((part) => part !== null).join(' '),
  )
const factsOf = async (shop: Shop) =>
  (await Promise.all(told.map((type) => shop.events({ type })))).flat().map(({ type, source }) => `${type} ${source}`)

describe.each(['the whole account', 'one organization'] as const)('reconciling %s', (what) => {
  const targetOf = ({ organizationId }: Shop) => (what === 'one organization' ? { organizationId } : {})

  it('brings back refunds and disputes whose events were lost, tells each once, and then finds nothing', async () => {
    const { shop, bring, payment, giveBack, dispute, decide } = await buyer()
    await giveBack(payment.externalPaymentId, 300)
    await giveBack(payment.externalPaymentId, 200)
    await dispute(payment.externalPaymentId)
    await sandboxOf(shop.billing).advance('PT0S')
    const late = shop.deliveries.splice(0)
    const dry = await shop.billing.reconcile({ ...targetOf(shop), dryRun: true })
    const found = (resolution: string) => [
      `differs invoice amount_refunded critical ${resolution}`,
      `missing_here refund critical ${resolution}`,
      `missing_here refund critical ${resolution}`,
      `missing_here dispute critical ${resolution}`,
    ]
    expect(await foundBy(shop, dry)).toEqual(found('would_repair'))
    expect(await factsOf(shop)).toEqual([])
    const run = await shop.billing.reconcile(targetOf(shop))
    expect(await foundBy(shop, run)).toEqual(found('repaired'))
    expect(run.counts).toMatchObject({ refunds: 2, disputes: 1, orphanRefunds: 0, orphanDisputes: 0 })
    const facts = ['payment.refunded reconcile', 'payment.refunded reconcile', 'dispute.opened reconcile']
    expect(await factsOf(shop)).toEqual(facts)
    shop.deliveries.push(...late)
    await bring()
    expect(await factsOf(shop)).toEqual(facts)
    const [opened] = await selectRows<{ id: string }>(
      shop.billing,
      'select external_dispute_id as id from billhook.disputes',
    )
    await decide(opened?.id ?? '', 'lost')
    await sandboxOf(shop.billing).advance('PT0S')
    shop.deliveries.splice(0)
    const decided = await shop.billing.reconcile(targetOf(shop))
    expect(await foundBy(shop, decided)).toEqual(['differs dispute status critical repaired'])
    expect(await factsOf(shop)).toEqual([...facts, 'dispute.closed reconcile'])
    expect(await foundBy(shop, await shop.billing.reconcile(targetOf(shop)))).toEqual([])
  })
})

describe('reconciling refunds and disputes', () => {
  it('makes a row that somebody edited what the provider says, and leaves to a person what was decided here', async () => {
    const { shop, bring, payment, giveBack, dispute } = await buyer()
    await giveBack(payment.externalPaymentId, 300)
    await dispute(payment.externalPaymentId)
    await bring()
    await selectRows(shop.billing, `update billhook.refunds set amount = 299 returning 1`)
    await selectRows(shop.billing, `update billhook.disputes set status = 'won', closed_at = now() returning 1`)
    expect(await foundBy(shop, await shop.billing.reconcile({}))).toEqual([
      'differs refund amount critical repaired',
      'differs dispute status critical person',
    ])
    expect(await selectRows(shop.billing, 'select amount::int from billhook.refunds')).toEqual([{ amount: 300 }])
  })

  it('asks by name for what no list shows, and writes down what the provider does not know', async () => {
    const { shop, bring, payment, giveBack } = await buyer()
    await giveBack(payment.externalPaymentId, 300)
    await bring()
    await selectRows(
      shop.billing,
      `update billhook.external_refs set external_id = 'sbx_re_gone' where kind = 'refund' returning 1`,
    )
    await selectRows(shop.billing, `update billhook.refunds set external_refund_id = 'sbx_re_gone' returning 1`)
    expect(await foundBy(shop, await shop.billing.reconcile({}))).toEqual([
      'missing_here refund critical repaired',
      'unknown_at_provider refund info person',
    ])
  })

  it('brings back what Stripe gave back and what was asked back there', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const [payment] = (await shop.billing.listPayments({ organizationId: shop.organization })).data
    const id = payment?.externalPaymentId ?? ''
    const { baseUrl, apiKey } = shop.emulator
    const body = new URLSearchParams({ payment_intent: id, amount: '900' })
    await fetch(`${baseUrl}/v1/refunds`, { method: 'POST', body, headers: { authorization: `Bearer ${apiKey}` } })
    shop.emulator.openDispute(id)
    const run = await shop.billing.reconcile({})
    expect(await foundBy(shop, run)).toEqual([
      'missing_here refund critical repaired',
      'missing_here dispute critical repaired',
    ])
    const types = await shop.toldTypes()
    expect(types.filter((type) => told.some((one) => one === type))).toEqual(['payment.refunded', 'dispute.opened'])
    await shop.deliver()
    expect(await shop.toldTypes()).toEqual(types)
    expect(await foundBy(shop, await shop.billing.reconcile({}))).toEqual([])
  })

  it('brings back a dispute that Stripe told of and that was put aside, because all that told of its payment was lost', async () => {
    const shop = await shopFor()
    await shop.pay()
    shop.emulator.signed({ secret: 'lost' })
    const stripe = shop.billing.providers.getProvider('stripe')
    const [bill] = (await stripe.listInvoices({})).data
    const { payments } = await stripe.retrieveInvoice(bill?.externalInvoiceId ?? '')
    shop.emulator.openDispute(payments?.[0]?.externalPaymentId ?? '')
    await shop.deliver()
    for (let attempt = 0; attempt < 12; attempt++) await shop.wait(3_600)
    const inbox = `select status from billhook.webhook_events where type = 'charge.dispute.created'`
    expect(await selectRows(shop.billing, inbox)).toEqual([{ status: 'ignored' }])
    await shop.billing.reconcile({})
    expect(await shop.toldTypes()).toContain('dispute.opened')
    expect(await foundBy(shop, await shop.billing.reconcile({}))).toEqual([])
  })
})
