import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPostgres, type PostgresServer, startPostgres } from '../../billhook/src/testing/postgres/index.ts'
import { type StripeEmulator, startStripeEmulator } from '../../billhook/src/testing/stripe-emulator/index.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const key = 'bh_outage_key_0123456789'
const secret = 'whsec_outage'

describeWithPostgres('An event that arrives while the database is gone', () => {
  let postgres: PostgresServer
  let stripe: StripeEmulator
  let service: ServiceRun
  let remove: () => Promise<void>
  beforeAll(async () => {
    const temporary = await temporaryDirectory()
    remove = temporary.remove
    ;[postgres, stripe] = await Promise.all([startPostgres(), startStripeEmulator()])
    const environment = {
      DATABASE_URL: postgres.url('postgres'),
      BILLHOOK_API_KEY: key,
      STRIPE_SECRET_KEY: stripe.apiKey,
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_API_BASE: stripe.baseUrl,
    }
    service = await startService({ directory: temporary.directory, environment })
  }, 240_000)
  afterAll(async () => {
    await service?.stop()
    await Promise.all([postgres?.stop(), stripe?.stop()])
    await remove?.()
  })

  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-organization-id': 'acme' }
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
    const response = await fetch(`${service.url}/api/v1${path}`, init)
    const json: Record<string, unknown> = Object(await response.json())
    return { status: response.status, json }
  }
  const deliver = (delivery: { body: string; headers: Record<string, string> }) =>
    fetch(`${service.url}/api/v1/billing/webhooks/stripe/`, { method: 'POST', ...delivery })

  it('is refused with 503 until it can be kept, is taken when it is sent again, and is applied', async () => {
    const place = { country: 'US', currency: 'USD', timezone: 'UTC' }
    await call('POST', '/organizations/', { external_id: 'acme', name: 'Acme', email: 'a@a.test', ...place })
    const prices = [{ key: 'pro-monthly', currency: 'USD', amount: 2900, interval: 'month' }]
    await call('POST', '/plans/', { key: 'pro', name: 'Pro', features: {}, limits: {}, prices })
    expect((await call('POST', '/plans/pro/publish/', { provider: 'stripe' })).status).toBe(200)
    const { json: session } = await call('POST', '/subscriptions/create-checkout-session/', {
      price_id: 'pro-monthly',
      success_url: 'https://app.example.test/ok',
      cancel_url: 'https://app.example.test/no',
    })
    stripe.pay(String(session.external_session_id), { card: '4242424242424242' })
    const deliveries = stripe.signed({ secret })
    expect(deliveries.length).toBeGreaterThan(2)

    const restart = await postgres.interrupt()
    for (const delivery of deliveries) {
      const refused = await deliver(delivery)
      expect([refused.status, refused.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(await refused.json()).toMatchObject({ code: 'database_unavailable' })
    }
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503)
    expect((await call('GET', '/subscriptions/current/')).status).toBe(503)

    await restart()
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, { timeout: 60_000 }).toBe(200)
    for (const delivery of deliveries) expect((await deliver(delivery)).status).toBe(200)
    await expect
      .poll(async () => (await call('GET', '/subscriptions/current/')).json.status, { timeout: 60_000 })
      .toBe('active')
    await expect
      .poll(async () => (await call('GET', '/invoices/')).json.data, { timeout: 60_000 })
      .toMatchObject([{ status: 'paid', total: 2900 }])
  }, 240_000)

  it('leaves one process that never ended, and no secret and no stack in its log', async () => {
    expect(await Promise.race([service.exit, Promise.resolve('running')])).toBe('running')
    const output = service.output()
    expect(output).toContain('code=database_unavailable')
    expect(output).not.toMatch(/\n\s+at /)
    for (const text of [key, secret, stripe.apiKey]) expect(output).not.toContain(text)
  })
})
