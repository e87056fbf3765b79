import { beforeAll, describe, expect, it } from 'vitest'
import { openStripeShop, secret, shopFor } from './support/stripe-shop.ts'

const begun = ['subscription.created', 'subscription.activated']
const billed = ['invoice.created', 'invoice.finalized', 'invoice.paid']

describe('A plan bought at Stripe', () => {
  it('is an active subscription and a paid invoice once its events are in, each told once', async () => {
    const shop = await shopFor()
    const { session, externalSubscriptionId } = await shop.pay()
    expect(session).toMatchObject({ provider: 'stripe', status: 'open', subscription_id: null })
    expect(new Set(await shop.deliver())).toEqual(new Set([200]))
    expect(await shop.current()).toMatchObject({
      status: 'active',
      price_key: 'pro-monthly',
      external_subscription_id: externalSubscriptionId,
      current_period_end: '2026-04-01T00:00:00.000Z',
      paid_through_at: '2026-04-01T00:00:00.000Z',
      access: { allowed: true, reason: 'active' },
    })
    expect(await shop.invoices()).toMatchObject([
      { status: 'paid', billing_reason: 'subscription_create', total: 4900, amount_paid: 4900, amount_remaining: 0 },
    ])
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
    expect(await shop.toldTypes('invoice.')).toEqual(billed)
    expect(await shop.toldTypes('checkout.')).toEqual(['checkout.completed'])
    expect(await shop.billing.checkFeatureAccess({ organizationId: shop.organization, feature: 'pro' })).toBe(true)
    expect(await shop.alerts()).toEqual([])
  })

  it('carries the names of the Stripe-only design in the JSON and in the generated columns', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const [price] = shop.plans[0]?.prices ?? []
    expect(price).toMatchObject({ stripe_price_id: 'price_emu_000001', stripe_product_id: shop.plans[0]?.id })
    expect(await shop.current()).toMatchObject({
      stripe_subscription_id: 'sub_emu_000001',
      stripe_customer_id: 'cus_emu_000001',
    })
    expect(await shop.invoices()).toMatchObject([
      { stripe_invoice_id: 'in_emu_000001', stripe_payment_intent_id: 'pi_emu_000001' },
    ])
    const prices = await shop.platformRows('select stripe_price_id from billhook.provider_prices order by 1')
    expect(prices).toEqual([{ stripe_price_id: 'price_emu_000001' }, { stripe_price_id: 'price_emu_000002' }])
    expect(
      await shop.rows(`select b.stripe_subscription_id, c.stripe_customer_id, i.stripe_invoice_id, i.stripe_payment_intent_id
        from billhook.bindings b join billhook.customers c on c.id = b.customer_id join billhook.invoices i on i.binding_id = b.id`),
    ).toEqual([
      {
        stripe_subscription_id: 'sub_emu_000001',
        stripe_customer_id: 'cus_emu_000001',
        stripe_invoice_id: 'in_emu_000001',
        stripe_payment_intent_id: 'pi_emu_000001',
      },
    ])
  })

  it('sends whoever asks for the PDF of an invoice to the one that Stripe made', async () => {
    const shop = await shopFor()
    await shop.subscribe()
    const [invoice] = await shop.invoices()
    const answer = await shop.billing.call('GET', `/api/v1/invoices/${invoice?.id}/pdf`, {
      organization: shop.organization,
    })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe(invoice?.pdf_url)
  })

  it('is known when the buyer comes back, before any event', async () => {
    const shop = await shopFor()
    const { session } = await shop.pay()
    const { json } = await shop.call<typeof session>('GET', `/checkout-sessions/${session.id}/`)
    expect(json).toMatchObject({ status: 'complete', subscription_id: (await shop.current()).id })
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
    await shop.deliver()
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
    expect(await shop.toldTypes('checkout.')).toEqual(['checkout.completed'])
    expect(await shop.invoices()).toMatchObject([{ status: 'paid' }])
  })

  it('is known by a sync of what Stripe has, when every event was lost', async () => {
    const shop = await shopFor()
    const { externalSubscriptionId } = await shop.pay()
    await shop.deliver({ drop: () => true })
    expect(await shop.invoices()).toEqual([])
    await shop.billing.syncInvoiceFromProvider({
      organizationId: shop.organization,
      externalInvoiceId: 'in_emu_000001',
    })
    expect(await shop.current()).toMatchObject({ status: 'active', external_subscription_id: externalSubscriptionId })
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
    expect(await shop.toldTypes('invoice.')).toEqual(billed)
    await shop.billing.syncSubscriptionFromProvider({ organizationId: shop.organization, externalSubscriptionId })
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
  })

  it('declined on the page leaves the session open and nothing bought', async () => {
    const shop = await shopFor()
    const { session } = await shop.pay('4000000000000002')
    await shop.deliver()
    const { json } = await shop.call<typeof session>('GET', `/checkout-sessions/${session.id}/`)
    expect(json).toMatchObject({ status: 'open', subscription_id: null })
    expect((await shop.call<{ code: string }>('GET', '/subscriptions/current/')).json.code).toBe('no_subscription')
  })
})

describe('The same events', () => {
  let rows: unknown
  let facts: string[]
  beforeAll(async () => {
    const calm = await openStripeShop()
    await calm.subscribe()
    rows = await calm.portrait()
    facts = (await calm.toldTypes()).sort()
    await calm.close()
  })

  it.each([1, 2, 3])('shuffled and doubled (seed %i) end in the same rows and the same facts', async (seed) => {
    const shop = await shopFor()
    await shop.pay()
    await shop.deliver({ order: 'shuffled', seed, duplicate: 1 })
    expect(await shop.portrait()).toEqual(rows)
    expect((await shop.toldTypes()).sort()).toEqual(facts)
    expect((await shop.inbox()).map(({ status }) => status)).not.toContain('failed')
    expect(await shop.alerts()).toEqual([])
  })

  it('with every second one lost end in the same rows once the session was looked up and the invoice synced', async () => {
    const shop = await shopFor()
    const { session } = await shop.pay()
    let serial = 0
    await shop.deliver({ drop: () => serial++ % 2 === 0 })
    await shop.call('GET', `/checkout-sessions/${session.id}/`)
    const { organization: organizationId } = shop
    await shop.billing.syncInvoiceFromProvider({ organizationId, externalInvoiceId: 'in_emu_000001' })
    expect(await shop.portrait()).toEqual(rows)
    expect((await shop.toldTypes()).sort()).toEqual(facts)
  })

  it('sent side by side give one row each and no error', async () => {
    const shop = await shopFor()
    await shop.pay()
    const signedAt = shop.billing.clock.now().getTime() / 1000
    const deliveries = shop.emulator.signed({ secret, signedAt, duplicate: 3 })
    const answers = await Promise.all(deliveries.map(({ body, headers }) => shop.post(body, headers)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    await Promise.all([shop.billing.runJobs(), shop.billing.runJobs(), shop.billing.runJobs()])
    expect(await shop.inbox()).toHaveLength(deliveries.length / 4)
    expect(await shop.invoices()).toHaveLength(1)
    expect(await shop.toldTypes('subscription.')).toEqual(begun)
    expect(await shop.toldTypes('invoice.')).toEqual(billed)
  })
})
