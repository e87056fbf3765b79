import { expect, it } from 'vitest'
import { type StripeShop, secret, shopFor } from '../../test/support/stripe-shop.ts'
import { sandboxProvider } from '../providers/sandbox/index.ts'
import { StripeService } from './stripe-service.ts'

const urls = { successUrl: 'https://app.example.test/ok', cancelUrl: 'https://app.example.test/no' }

/** What the old design did in its webhook view. */
async function takeWebhooks(shop: StripeShop, service: StripeService): Promise<void> {
  const signedAt = Math.floor(shop.billing.clock.now().getTime() / 1000)
  for (const { body, headers } of shop.emulator.signed({ secret, signedAt })) {
    const webhook = await service.constructWebhookEvent(body, headers['stripe-signature'] ?? '')
    await service.handleWebhookEvent(webhook)
  }
  await shop.billing.runJobs()
}

it('StripeService does what it did: customer, checkout, webhooks, cancel, reactivate, another plan', async () => {
  const shop = await shopFor()
  const service = new StripeService(shop.billing)
  const { organization: organizationId } = shop
  const customer = await service.createCustomer({ organizationId })
  expect((await service.getOrCreateCustomer({ organizationId })).id).toBe(customer.id)
  const session = await service.createCheckoutSession({ organizationId, priceId: 'pro-monthly', ...urls })
  shop.emulator.pay(session.externalSessionId ?? '', { card: '4242424242424242' })
  await takeWebhooks(shop, service)
  const { id: subscriptionId, status } = await shop.current()
  expect(status).toBe('active')
  expect(await service.checkFeatureAccess({ organizationId, feature: 'pro' })).toBe(true)
  expect(await service.checkLimit({ organizationId, feature: 'seats', wanted: 50 })).toMatchObject({ allowed: false })
  await service.cancelSubscription({ organizationId, subscriptionId, atPeriodEnd: true })
  expect(await shop.current()).toMatchObject({ cancel_at_period_end: true })
  await service.reactivateSubscription({ organizationId, subscriptionId })
  expect(await shop.current()).toMatchObject({ cancel_at_period_end: false })
  await service.updateSubscriptionPlan({ organizationId, subscriptionId, priceId: 'business-monthly' })
  expect(await shop.current()).toMatchObject({ plan_key: 'business' })
})

it('StripeService syncs by the ids that Stripe gave, at the Stripe account, whatever the default provider is', async () => {
  const shop = await shopFor({ providers: { sandbox: sandboxProvider() }, defaultProvider: 'sandbox' })
  const service = new StripeService(shop.billing)
  const { organization: organizationId } = shop
  const session = await service.createCheckoutSession({ organizationId, priceId: 'pro-monthly', ...urls })
  expect(session.provider).toBe('stripe')
  shop.emulator.pay(session.externalSessionId ?? '', { card: '4242424242424242' })
  await service.syncSubscriptionFromStripe({ organizationId, stripeSubscriptionId: 'sub_emu_000001' })
  expect(await shop.current()).toMatchObject({ status: 'active' })
  await service.syncInvoiceFromStripe({ organizationId, stripeInvoiceId: 'in_emu_000001' })
  expect(await shop.invoices()).toMatchObject([{ status: 'paid' }])
})

it('StripeService refuses a signature that is not good, and stores nothing', async () => {
  const shop = await shopFor()
  const service = new StripeService(shop.billing)
  const reading = service.constructWebhookEvent('{}', 't=1,v1=00')
  await expect(reading).rejects.toMatchObject({ code: 'invalid_signature' })
  expect(await shop.inbox()).toEqual([])
})

it('legacyStripeWebhookPath is the same door: signature, inbox and all', async () => {
  const shop = await shopFor({ legacyStripeWebhookPath: '/webhooks/stripe/' })
  await shop.pay()
  const signedAt = shop.billing.clock.now().getTime() / 1000
  for (const path of ['/webhooks/stripe/', '/webhooks/stripe']) {
    for (const { body, headers } of shop.emulator.signed({ secret, signedAt, events: shop.emulator.events })) {
      expect((await shop.post(body, headers, path)).status).toBe(200)
      expect((await shop.post(`${body} `, headers, path)).status).toBe(400)
    }
  }
  await shop.billing.runJobs()
  expect(await shop.current()).toMatchObject({ status: 'active' })
  expect(await shop.inbox()).toHaveLength(shop.emulator.events.length)
  const get = await shop.billing.handler(new Request(`${shop.billing.baseUrl}/webhooks/stripe/`))
  expect(get.status).toBe(405)
})

it('a webhook path for an account that is not there stops the start, by name', async () => {
  const opening = shopFor({ webhookPaths: { '/hooks/': 'nobody' } })
  await expect(opening).rejects.toMatchObject({
    code: 'unknown_provider',
    message: expect.stringContaining('"nobody"'),
  })
})
