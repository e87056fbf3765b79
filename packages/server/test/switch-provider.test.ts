import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StripeEmulator, startStripeEmulator } from '../../billhook/src/testing/stripe-emulator/index.ts'
import { openPaypalAccount, type PaypalAccount } from './paypal-account.ts'
import { runService, type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const key = 'bh_switch_key_0123456789'
const secret = 'whsec_switch'
const card = '4242424242424242'

describe('A service whose PAYMENT_PROVIDER is changed from Stripe to PayPal', () => {
  let stripe: StripeEmulator
  let paypal: PaypalAccount
  let service: ServiceRun
  let directory: string
  let remove: () => Promise<void>
  beforeAll(async () => {
    ;({ directory, remove } = await temporaryDirectory())
    stripe = await startStripeEmulator()
    paypal = await openPaypalAccount(directory)
    await start('stripe')
    await seed()
  }, 240_000)
  afterAll(async () => {
    await service?.stop()
    await Promise.all([stripe?.stop(), paypal?.emulator.stop()])
    await remove?.()
  })

  const environment = (provider: string) => ({
    ...{ BILLHOOK_API_KEY: key, PAYMENT_PROVIDER: provider, ...paypal.environment },
    ...{ STRIPE_SECRET_KEY: stripe.apiKey, STRIPE_WEBHOOK_SECRET: secret, STRIPE_API_BASE: stripe.baseUrl },
  })

  /** The same data, the same keys: one variable differs. */
  async function start(provider: string): Promise<void> {
    await service?.stop()
    service = await startService({ directory, environment: environment(provider) })
    paypal.listenAt(service.url)
    stripe.webhook = { url: `${service.url}/api/v1/billing/webhooks/stripe/`, secret }
  }

  async function ask(method: string, path: string, body?: object, organization?: string) {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(organization && { 'x-organization-id': organization }),
    }
    const response = await fetch(`${service.url}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const json: unknown = await response.json()
    expect(response.status, `${method} ${path}: ${JSON.stringify(json)}`).toBeLessThan(400)
    return Object(json)
  }

  async function seed(): Promise<void> {
    const price = { key: 'pro-monthly', currency: 'EUR', amount: 4900, interval: 'month' }
    await ask('POST', '/plans/', { key: 'pro', name: 'Pro', features: { export: true }, prices: [price] })
    for (const provider of ['stripe', 'paypal']) await ask('POST', '/plans/pro/publish/', { provider })
    for (const external_id of ['early', 'late']) {
      const facts = { name: external_id, email: `${external_id}@example.test`, country: 'DE', currency: 'EUR' }
      await ask('POST', '/organizations/', { external_id, ...facts, timezone: 'Europe/Berlin' })
    }
  }

  const checkout = (organization: string) => {
    const urls = { success_url: 'https://app.example.test/ok', cancel_url: 'https://app.example.test/no' }
    return ask('POST', '/subscriptions/create-checkout-session/', { price_id: 'pro-monthly', ...urls }, organization)
  }
  const current = (organization: string) => ask('GET', '/subscriptions/current/', undefined, organization)
  const bills = async (organization: string) =>
    (await ask('GET', '/invoices/', undefined, organization)).data.map(
      (bill: { provider: string; status: string; number_source: string }) =>
        `${bill.provider} ${bill.status}, numbered by ${bill.number_source}`,
    )
  const until = (organization: string, wanted: object) =>
    expect.poll(() => current(organization), { timeout: 60_000 }).toMatchObject(wanted)

  it('sells at Stripe before', async () => {
    const session = await checkout('early')
    expect(session).toMatchObject({ provider: 'stripe' })
    stripe.pay(session.external_session_id, { card })
    expect((await stripe.deliver()).every(({ status }) => status === 200)).toBe(true)
    await until('early', { provider: 'stripe', status: 'active' })
  })

  it('sends new checkouts to PayPal after it, while the old subscription stays where it is', async () => {
    await start('paypal')
    const session = await checkout('late')
    expect(session).toMatchObject({ provider: 'paypal', url: expect.stringContaining(paypal.emulator.baseUrl) })
    paypal.emulator.approve(session.url)
    expect((await paypal.emulator.deliver()).every(({ status }) => status === 200)).toBe(true)
    await until('late', { provider: 'paypal', status: 'active', stripe_subscription_id: null })
    await expect.poll(() => bills('late'), { timeout: 60_000 }).toEqual(['paypal paid, numbered by billhook'])
    expect(await current('early')).toMatchObject({ provider: 'stripe', status: 'active', access: { allowed: true } })
  })

  it('renews the old one at Stripe, which goes on to be changed there', async () => {
    stripe.clock.advance('P1M')
    expect((await stripe.deliver({ parallel: 4 })).every(({ status }) => status === 200)).toBe(true)
    const bill = 'stripe paid, numbered by provider'
    await expect.poll(() => bills('early'), { timeout: 60_000 }).toEqual([bill, bill])
    const { id } = await current('early')
    const change = { action: 'cancel', at_period_end: true }
    await ask('POST', `/subscriptions/${id}/manage-subscription/`, change, 'early')
    expect([...stripe.state.subscriptions.values()]).toMatchObject([{ cancel_at_period_end: true }])
    expect(await current('late')).toMatchObject({ provider: 'paypal', status: 'active', cancel_at_period_end: false })
  })

  it('is compared with both accounts by `billhook reconcile`, which finds nothing left to repair', async () => {
    await service.stop()
    for (const args of [['reconcile'], ['reconcile', '--dry-run']]) {
      const run = await runService({ directory, args, environment: environment('paypal') })
      expect(await run.exit, run.output()).toBe(0)
      for (const provider of ['stripe', 'paypal']) expect(run.output()).toContain(provider)
    }
  })
})
