import { describe, expect, it } from 'vitest'
import { createSandboxHarness } from '../../testing/sandbox-harness.ts'
import type { OperationKind, OperationKinds, ProviderOperation } from '../operation.ts'

let last = 0
const operation = <K extends OperationKind>(kind: K, input: OperationKinds[K]['input']): ProviderOperation<K> => {
  last += 1
  return { id: `bhop_${last}`, kind, idempotencyKey: `key_${last}`, input, startedAt: new Date(0) }
}

/** A customer of the sandbox who has paid 29.00 USD for a month from 31 January. */
async function subscribed() {
  const sandbox = createSandboxHarness()
  const { provider } = sandbox
  const buyer = { organizationId: 'bhorg_1', email: 'a@a.test', name: 'A', country: 'US', currency: 'USD' }
  const { externalCustomerId } = await provider.createCustomer(buyer, operation('create_customer', buyer))
  const price = {
    plan: { id: 'bhplan_1', key: 'pro', name: 'Pro', description: null, externalProductId: null },
    price: {
      id: 'bhprice_1',
      key: 'pro',
      currency: 'USD',
      amount: 2900,
      interval: 'month' as const,
      intervalCount: 1,
    },
  }
  const { externalPriceId } = await provider.publishPrice(price, operation('publish_price', price))
  const order = {
    externalCustomerId,
    externalPriceId,
    quantity: 1,
    trialDays: 0,
    successUrl: 'https://a.test/ok',
    cancelUrl: 'https://a.test/no',
    reference: {},
  }
  const { url } = await provider.createCheckoutSession(order, operation('create_checkout_session', order))
  const body = new URLSearchParams({ card: '4242424242424242' })
  await sandbox.call('POST', new URL(url ?? '').pathname, { body })
  const [subscription] = (await provider.listSubscriptions({ externalCustomerId })).data
  const [invoice] = (await provider.listInvoices({ externalCustomerId })).data
  const payment = invoice?.payments?.[0]
  if (!subscription || !invoice || !payment) throw new Error('nothing was bought')
  const { refunds, pause, previewUpdate } = provider
  if (!refunds || !pause || !previewUpdate) throw new Error('the sandbox has all abilities')
  const abilities = { refunds, pause, previewUpdate }
  return { sandbox, provider, abilities, subscription, invoice, externalPaymentId: payment.externalPaymentId }
}

describe('the sandbox', () => {
  it('refunds what is left of a payment and no more, and the bill shows it', async () => {
    const { provider, abilities, invoice, externalPaymentId } = await subscribed()
    const refund = (amount: number, currency = 'USD') => {
      const input = { externalPaymentId, amount, currency, reason: 'duplicate' as const, reference: {} }
      return abilities.refunds.createRefund(input, operation('create_refund', input))
    }
    const done = await refund(1900)
    expect(await abilities.refunds.retrieveRefund(done.externalRefundId)).toEqual(done)
    for (const wrong of [refund(1001), refund(0), refund(10, 'EUR')]) {
      await expect(wrong).rejects.toMatchObject({ code: 'refund_not_possible', outcome: 'failed' })
    }
    expect(await provider.retrieveInvoice(invoice.externalInvoiceId)).toMatchObject({ amountRefunded: 1900 })
  })

  it('does a refund once under one key, and finds it by looking', async () => {
    const { provider, abilities, externalPaymentId } = await subscribed()
    const input = { externalPaymentId, amount: 100, currency: 'USD', reason: 'duplicate' as const, reference: {} }
    const once = operation('create_refund', input)
    const first = await abilities.refunds.createRefund(input, once)
    expect(await abilities.refunds.createRefund(input, once)).toEqual(first)
    expect(await provider.lookup(once)).toEqual({ outcome: 'succeeded', result: first })
    expect(await provider.lookup(operation('create_refund', input))).toEqual({ outcome: 'not_found' })
  })

  it('shows in a preview what the same change then charges, also for the moment of the preview', async () => {
    const { sandbox, provider, abilities, subscription } = await subscribed()
    const { externalSubscriptionId, items } = subscription
    await provider.advance('P9DT5H')
    const [item] = items
    const change = {
      externalSubscriptionId,
      items: [
        { externalItemId: item?.externalItemId ?? '', externalPriceId: item?.externalPriceId ?? '', quantity: 4 },
      ],
      proration: 'immediate' as const,
    }
    const shown = await abilities.previewUpdate(change)
    const bills = async () => (await provider.listInvoices({ externalSubscriptionId })).data
    expect(await bills()).toHaveLength(1)
    sandbox.clock.advanceMs(600_000)
    const commit = { ...change, prorationAt: shown.prorationAt.toISOString() }
    await provider.updateSubscription(commit, operation('update_subscription', commit))
    const made = (await bills()).at(-1)
    expect(made?.amountPaid).toBe(shown.dueNow)
    expect(made?.lines.map(({ amount }) => amount)).toEqual(shown.lines.map(({ amount }) => amount))
    const late = { ...commit, prorationAt: '2025-01-01T00:00:00.000Z' }
    await expect(abilities.previewUpdate(late)).rejects.toMatchObject({ code: 'provider_rejected' })
  })

  it('lets the period of a paused service stand still and the bills of a paused collection wait', async () => {
    const { provider, abilities, subscription } = await subscribed()
    const { externalSubscriptionId } = subscription
    const pause = (kind: 'service' | 'collection') => {
      const input = { externalSubscriptionId, kind }
      return abilities.pause.pauseSubscription(input, operation('pause_subscription', input))
    }
    const bills = async () => (await provider.listInvoices({ externalSubscriptionId })).data.map(({ status }) => status)
    await pause('service')
    await provider.advance('P2M')
    expect(await bills()).toEqual(['paid'])
    // From service to collection: time goes on again.
    await pause('collection')
    await provider.advance('P1M')
    expect(await bills()).toEqual(['paid', 'open'])
    const input = { externalSubscriptionId, kind: 'collection' as const }
    await abilities.pause.resumeSubscription(input, operation('resume_subscription', input))
    expect(await bills()).toEqual(['paid', 'paid'])
  })

  it('opens a dispute for whoever wants to try one, which blocks refunds until it is decided', async () => {
    const { sandbox, abilities, externalPaymentId } = await subscribed()
    const send = async (path: string, body: object) => {
      const response = await sandbox.call('POST', `/sandbox${path}`, { body: JSON.stringify(body) })
      return { status: response.status, json: (await response.json()) as { id: string } }
    }
    const opened = await send('/disputes', { payment: externalPaymentId })
    expect(opened).toMatchObject({ status: 200, json: { status: 'needs_response', amount: 2900 } })
    const input = { externalPaymentId, amount: 1, currency: 'USD', reason: 'duplicate' as const, reference: {} }
    const refund = () => abilities.refunds.createRefund(input, operation('create_refund', input))
    await expect(refund()).rejects.toMatchObject({ code: 'refund_not_possible' })
    expect((await send(`/disputes/${opened.json.id}/close`, { status: 'maybe' })).status).toBe(400)
    expect((await send(`/disputes/${opened.json.id}/close`, { status: 'won' })).json).toMatchObject({ status: 'won' })
    expect(await refund()).toMatchObject({ status: 'succeeded' })
    expect((await send('/disputes', { payment: 'sbx_pay_none' })).status).toBe(404)
  })
})
