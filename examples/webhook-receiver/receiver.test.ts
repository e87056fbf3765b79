import { createTestBilling } from 'billhook/testing'
import type { WebhookMessage } from 'billhook/webhooks'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type Books, startReceiver, takeIn } from './receiver.ts'

it('a receiver learns of a subscription from signed webhooks, and believes nobody else', async () => {
  const billing = await createTestBilling({ settings: { allowPrivateWebhooks: true } })
  const secrets: string[] = []
  const books: Books = { seen: new Set(), newest: new Map() }
  const receiver = await startReceiver({ port: 0, secrets, books, now: () => billing.clock.now() })
  onTestFinished(async () => {
    await receiver.close()
    await billing.close()
  })
  const organization = {
    ...{ external_id: 'acme', name: 'Acme', email: 'billing@acme.test' },
    ...{ country: 'US', currency: 'USD', timezone: 'UTC' },
  }
  await billing.call('POST', '/api/v1/organizations/', { body: organization })
  const body = { url: receiver.url, event_types: ['subscription.*'] }
  const { json } = await billing.call('POST', '/api/v1/webhook-endpoints/', { body, organization: 'acme' })
  const { id, secret } = json as { id: string; secret: string }
  secrets.push(secret)
  const test = await billing.call('POST', `/api/v1/webhook-endpoints/${id}/test/`)
  expect(test.json).toMatchObject({ delivered: true, status_code: 204 })

  const plan = { key: 'pro', name: 'Pro', prices: [{ key: 'pro', currency: 'USD', amount: 2900, interval: 'month' }] }
  await billing.call('POST', '/api/v1/plans/', { body: plan })
  await billing.call('POST', '/api/v1/plans/pro/publish/', { body: { provider: 'sandbox' } })
  const session = await billing.call('POST', '/api/v1/subscriptions/create-checkout-session/', {
    organization: 'acme',
    body: { price_id: 'pro', success_url: 'https://acme.test/', cancel_url: 'https://acme.test/' },
  })
  const { url } = session.json as { url: string }
  await billing.handler(new Request(url, { method: 'POST', body: new URLSearchParams({ card: '4242424242424242' }) }))
  await vi.waitFor(async () => {
    await billing.runJobs()
    expect([...books.newest.values()]).toMatchObject([{ status: 'active' }])
  }, 60_000)

  const forged = await fetch(receiver.url, { method: 'POST', body: '{"type":"subscription.canceled"}' })
  expect(forged.status).toBe(400)
})

it('a receiver drops what is repeated and what was overtaken', () => {
  const books: Books = { seen: new Set(), newest: new Map() }
  const say = (id: string, sequence: number, status: string) =>
    takeIn(books, {
      ...{ id, type: 'subscription.updated', object_kind: 'subscription', object_id: 'bhsub_1' },
      ...{ sequence, data: { status } },
    } as WebhookMessage)
  say('a', 1, 'trialing')
  say('c', 3, 'canceled')
  say('b', 2, 'active')
  say('a', 1, 'trialing')
  expect([...books.newest.values()]).toEqual([{ sequence: 3, status: 'canceled' }])
})
