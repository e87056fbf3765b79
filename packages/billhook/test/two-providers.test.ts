import { expect, it, onTestFinished } from 'vitest'
import { stripeProvider } from '../src/providers/stripe/index.ts'
import { createTestBilling } from '../src/testing/index.ts'
import { type StripeEmulator, startStripeEmulator } from '../src/testing/stripe-emulator/index.ts'
import { type PaypalShop, paypalShopFor } from './support/paypal-shop.ts'
import type { SessionJson, SubscriptionJson } from './support/service-shop.ts'

const secret = 'whsec_beside_paypal'
const start = '2026-03-02T12:00:00Z'
const pages = { success_url: 'https://app.example.test/ok', cancel_url: 'https://app.example.test/no' }

/** One installation with an account at PayPal, the default one, and one at Stripe; every plan is published at both. */
async function openBoth() {
  const stripe = await startStripeEmulator({ clock: new Date(start) })
  onTestFinished(() => stripe.stop())
  const makeStripe = stripeProvider({ secretKey: stripe.apiKey, webhookSecrets: [secret], apiBase: stripe.baseUrl })
  const shop = await paypalShopFor({ providers: { stripe: makeStripe } })
  for (const { id } of shop.plans) await shop.call('POST', `/plans/${id}/publish/`, { provider: 'stripe' }, null)
  return { shop, stripe, makeStripe }
}

async function deliverStripe(shop: PaypalShop, stripe: StripeEmulator): Promise<void> {
  const signedAt = Math.floor(shop.billing.clock.now().getTime() / 1000)
  for (const { body, headers } of stripe.signed({ secret, signedAt }))
    await shop.post(body, headers, '/api/v1/billing/webhooks/stripe/')
  await shop.billing.runJobs()
}

const currentOf = async (shop: PaypalShop, organization: string) =>
  (await shop.call<SubscriptionJson>('GET', '/subscriptions/current/', undefined, organization)).json

it('two organizations pay through two providers in one installation, each in the words of the same API', async () => {
  const { shop, stripe } = await openBoth()
  const other = await shop.addOrganization('beside')
  await shop.subscribe()
  const path = '/subscriptions/create-checkout-session/'
  const wish = { price_id: 'pro-monthly', provider: 'stripe', ...pages }
  const { json: session } = await shop.call<SessionJson>('POST', path, wish, other)
  stripe.pay(session.external_session_id ?? '', { card: '4242424242424242' })
  await deliverStripe(shop, stripe)
  const both = [await shop.current(), await currentOf(shop, other)]
  expect(both.map(({ provider, status, plan_key, access }) => [provider, status, plan_key, access.allowed])).toEqual([
    ['paypal', 'active', 'pro', true],
    ['stripe', 'active', 'pro', true],
  ])
  await shop.manage('cancel', { at_period_end: false })
  await shop.deliver()
  expect((await shop.current()).status).toBe('canceled')
  expect((await currentOf(shop, other)).status).toBe('active')
  expect(await shop.alerts()).toEqual([])
})

it('where the default provider is another one, new checkouts go there and old subscriptions stay where they are', async () => {
  const { shop, makeStripe } = await openBoth()
  await shop.subscribe()
  const newcomer = await shop.addOrganization('newcomer')
  const paypal = shop.billing.ctx.providers.getProvider('paypal')
  const switched = await createTestBilling({
    at: start,
    database: shop.billing.ctx.db,
    defaultProvider: 'stripe',
    providers: { paypal: () => paypal, stripe: makeStripe },
  })
  const body = { price_id: 'pro-monthly', ...pages }
  const opened = await switched.call('POST', '/api/v1/subscriptions/create-checkout-session/', {
    body,
    organization: newcomer,
  })
  expect([opened.status, opened.json]).toEqual([201, expect.objectContaining({ provider: 'stripe' })])
  const { id } = await shop.current()
  const paused = await switched.call('POST', `/api/v1/subscriptions/${id}/manage-subscription/`, {
    body: { action: 'pause' },
    organization: shop.organization,
  })
  expect(paused.status).toBe(200)
  expect(await shop.current()).toMatchObject({ provider: 'paypal', status: 'paused', pause: { kind: 'service' } })
})
