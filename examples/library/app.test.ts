import { createTestBilling } from 'billhook/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startApp } from './app.ts'

it('an application gates a page, sells a plan and hears of the sale, with Billhook inside', async () => {
  const apiKey = 'bh_key_of_the_example_0123456789'
  const test = await createTestBilling()
  const app = await startApp({ port: 0, database: test.ctx.db, apiKeys: [apiKey] })
  onTestFinished(async () => {
    await app.stop()
    await test.close()
  })
  const { billing, baseUrl } = app
  const organization = await billing.createOrganization({
    ...{ externalId: 'acme', name: 'Acme', email: 'billing@acme.test' },
    ...{ country: 'US', currency: 'USD', timezone: 'America/New_York' },
  })
  const organizationId = organization.id
  const report = () => fetch(`${baseUrl}/reports`, { headers: { 'x-organization': organizationId } })
  expect((await report()).status).toBe(402)
  expect((await fetch(`${baseUrl}/reports`)).status).toBe(404)

  const { id: planId } = await billing.createPlan({
    ...{ key: 'pro', name: 'Pro', features: { export: true } },
    prices: [{ key: 'pro-monthly', currency: 'USD', amount: 2900, interval: 'month' }],
  })
  await billing.publishPlan({ planId, provider: 'sandbox' })
  const urls = { successUrl: `${baseUrl}/thanks`, cancelUrl: `${baseUrl}/pricing` }
  const session = await billing.createCheckoutSession({ organizationId, priceId: 'pro-monthly', ...urls })
  const card = new URLSearchParams({ card: '4242424242424242' })
  const paid = await fetch(session.url ?? '', { method: 'POST', body: card, redirect: 'manual' })
  expect(paid.status).toBe(303)

  await vi.waitFor(async () => expect((await report()).status).toBe(200), { timeout: 60_000, interval: 50 })
  await vi.waitFor(() => expect(app.mails).toEqual([`Welcome, ${organizationId}!`]), { timeout: 60_000, interval: 50 })
  const headers = { authorization: `Bearer ${apiKey}`, 'x-organization-id': 'acme' }
  const current = await fetch(`${baseUrl}/api/v1/subscriptions/current/`, { headers })
  expect(await current.json()).toMatchObject({ status: 'active', plan_key: 'pro' })
})
