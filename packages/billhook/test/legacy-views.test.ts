import { expect, it } from 'vitest'
import { sandboxProvider } from '../src/providers/sandbox/index.ts'
import { sandboxOf } from './support/sandbox-shop.ts'
import { cards, type StripeShop, shopFor } from './support/stripe-shop.ts'

/** Buys at the sandbox, on its own page. */
async function subscribeAtSandbox(shop: StripeShop): Promise<void> {
  const { json } = await shop.checkout('pro-monthly', { provider: 'sandbox' })
  const body = new URLSearchParams({ card: cards.pays })
  const paid = await shop.billing.handler(new Request(json.url ?? '', { method: 'POST', body }))
  expect(paid.status).toBe(303)
  // The page answers before its deliveries have arrived, and one that failed is tried again when the clock is moved.
  await sandboxOf(shop.billing).advance('PT0S')
  await shop.billing.runJobs()
}

it('the old views show both kinds of provider, with the Stripe ids of those that are at Stripe', async () => {
  const shop = await shopFor({ providers: { sandbox: sandboxProvider() } })
  for (const { id } of shop.plans) await shop.call('POST', `/plans/${id}/publish/`, { provider: 'sandbox' }, null)
  const atStripe = shop.organization
  await shop.subscribe()
  shop.organization = await shop.addOrganization('beta')
  await subscribeAtSandbox(shop)

  const plans =
    'select slug, amount::int, currency, "interval", stripe_price_id, is_active from billhook_legacy.billing_plan order by 2'
  expect(await shop.rows(plans)).toEqual([
    {
      slug: 'pro',
      amount: 4900,
      currency: 'EUR',
      interval: 'month',
      stripe_price_id: 'price_emu_000001',
      is_active: true,
    },
    {
      slug: 'business',
      amount: 9900,
      currency: 'EUR',
      interval: 'month',
      stripe_price_id: 'price_emu_000002',
      is_active: true,
    },
  ])
  const subscriptions = `select organization_id, status, stripe_subscription_id, stripe_customer_id, cancel_at_period_end
    from billhook_legacy.billing_subscription`
  const invoices = `select organization_id, status, amount_paid::int, stripe_invoice_id, stripe_payment_intent_id
    from billhook_legacy.billing_invoice`
  const beta = { organization_id: shop.organization }
  expect(await shop.rows(subscriptions)).toEqual([
    { ...beta, status: 'active', stripe_subscription_id: null, stripe_customer_id: null, cancel_at_period_end: false },
  ])
  expect(await shop.rows(invoices)).toEqual([
    { ...beta, status: 'paid', amount_paid: 4900, stripe_invoice_id: null, stripe_payment_intent_id: null },
  ])
  shop.organization = atStripe
  const acme = { organization_id: atStripe }
  expect(await shop.rows(subscriptions)).toEqual([
    {
      ...acme,
      status: 'active',
      stripe_subscription_id: 'sub_emu_000001',
      stripe_customer_id: 'cus_emu_000001',
      cancel_at_period_end: false,
    },
  ])
  expect(await shop.rows(invoices)).toEqual([
    {
      ...acme,
      status: 'paid',
      amount_paid: 4900,
      stripe_invoice_id: 'in_emu_000001',
      stripe_payment_intent_id: 'pi_emu_000001',
    },
  ])
})
