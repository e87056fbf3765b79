import {
  type BasePaymentProvider,
  createBilling,
  fixedClock,
  PaymentProviderFactory,
  type ProviderHost,
  type StateStore,
} from 'billhook'
import type { RawWebhook } from 'billhook/testing'
import { createTestBilling, MemoryStateStore, testApiKey } from 'billhook/testing'
import { providerContract } from 'billhook/testing/vitest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BankTransferProvider, bankTransfer } from './index.ts'
import { signature } from './webhooks.ts'

const webhookSecret = 'a-secret-of-the-bank'
const options = { webhookSecret, iban: 'DE02120300000000202051' }

function hostFor(providerName: string, more: Partial<ProviderHost> = {}): ProviderHost {
  const quiet = () => undefined
  return {
    providerName,
    baseUrl: 'http://billhook.test',
    webhookUrl: `http://billhook.test/api/v1/billing/webhooks/${providerName}/`,
    clock: fixedClock('2026-01-31T10:00:00Z'),
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    stateStore: new MemoryStateStore(),
    fetch: async () => new Response(null, { status: 200 }),
    ...more,
  }
}

/** Keeps everything and forgets to answer, when it is told to. */
class LossyStore extends MemoryStateStore {
  losesNextAnswer = false

  override async exclusively<T>(work: (store: StateStore) => Promise<T>): Promise<T> {
    const result = await super.exclusively(work)
    if (!this.losesNextAnswer) return result
    this.losesNextAnswer = false
    throw new Error('the answer got lost')
  }
}

/** What the provider contract wants to be able to do around a provider; a card that fails later is a customer without a standing order. */
providerContract('the bank transfer provider', async () => {
  const clock = fixedClock('2026-01-31T10:00:00Z')
  const sent: RawWebhook[] = []
  const stateStore = new LossyStore()
  const provider = new BankTransferProvider(
    hostFor('bank', {
      clock,
      stateStore,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        sent.push({ body: await request.bytes(), headers: request.headers })
        return new Response(null, { status: 200 })
      },
    }),
    options,
  )
  return {
    provider,
    clock,
    pay: async (url, card = 'pays') => {
      const reference = url.split('/').at(-1) ?? ''
      if (card !== 'declines') await provider.bank.receiveTransfer({ reference, hasStandingOrder: card === 'pays' })
    },
    advance: async (duration) => {
      clock.advanceMs(Number(/^P(\d+)D$/.exec(duration)?.[1]) * 86_400_000)
      await provider.tick()
    },
    nextWebhooks: async () => {
      await provider.tick()
      return sent.splice(0)
    },
    faults: {
      loseNextAnswer: () => {
        stateStore.losesNextAnswer = true
      },
      signWebhook: async (type) => {
        const body = JSON.stringify({ id: 'x', type, occurredAt: clock.now(), customer: 'c', data: {} })
        const headers = new Headers({ 'bank-signature': signature(body, webhookSecret, clock.now()) })
        return { body: new TextEncoder().encode(body), headers }
      },
    },
  }
})

describe('A provider of a third party', () => {
  it('is sold through like any other: published, bought, paid by transfer, told by webhook', async () => {
    const billing = await createTestBilling({ providers: { bank: bankTransfer(options) }, defaultProvider: 'bank' })
    onTestFinished(() => billing.close())
    const place = { country: 'DE', currency: 'EUR', timezone: 'Europe/Berlin' }
    const acme = { external_id: 'acme', name: 'Acme', email: 'a@example.test', ...place }
    await billing.call('POST', '/api/v1/organizations/', { body: acme })
    const prices = [{ key: 'pro-monthly', currency: 'EUR', amount: 4900, interval: 'month' }]
    const plan = { key: 'pro', name: 'Pro', features: { export: true }, limits: {}, prices }
    const { json: made } = await billing.call('POST', '/api/v1/plans/', { body: plan })
    await billing.call('POST', `/api/v1/plans/${Object(made).id}/publish/`, { body: {} })
    const wish = { price_id: 'pro-monthly', success_url: 'https://app.test/ok', cancel_url: 'https://app.test/no' }
    const checkout = '/api/v1/subscriptions/create-checkout-session/'
    const { json: session } = await billing.call('POST', checkout, { body: wish, organization: 'acme' })
    const page = await billing.handler(new Request(Object(session).url))
    expect(await page.text()).toContain(options.iban)

    const transfer = { reference: Object(session).external_session_id }
    expect((await billing.call('POST', '/bank/transfers', { body: transfer, key: null })).status).toBe(401)
    expect((await billing.call('POST', '/bank/transfers', { body: transfer, key: testApiKey })).status).toBe(200)
    await billing.runJobs()
    const current = () => billing.call('GET', '/api/v1/subscriptions/current/', { organization: 'acme' })
    expect((await current()).json).toMatchObject({ status: 'active', provider: 'bank', stripe_subscription_id: null })

    billing.clock.set('2026-03-01T00:00:00Z')
    await billing.runJobs()
    expect((await current()).json).toMatchObject({ status: 'past_due', access: { allowed: true, reason: 'grace' } })
    const { json: bills } = await billing.call('GET', '/api/v1/invoices/', { organization: 'acme' })
    const [open] = Object(bills).data
    expect(open).toMatchObject({ status: 'open', amount_remaining: 4900 })
    await billing.call('POST', '/bank/transfers', { body: { reference: open.external_invoice_id } })
    await billing.runJobs()
    expect((await current()).json).toMatchObject({ status: 'active', access: { reason: 'active' } })
  })

  it('is made once, on first use, with its own name and state', () => {
    const made: string[] = []
    const factory = new PaymentProviderFactory({ host: (name) => hostFor(name), defaultProvider: 'bank' })
    for (const name of ['bank', 'bank-eu']) {
      factory.registerProvider(name, (host) => {
        made.push(host.providerName)
        return bankTransfer(options)(host)
      })
    }
    expect(made).toEqual([])
    const first: BasePaymentProvider = factory.getProvider('bank-eu')
    expect(factory.getProvider('bank-eu')).toBe(first)
    expect(first.providerName).toBe('bank-eu')
    expect(made).toEqual(['bank-eu'])
    expect(factory.getProvider().providerName).toBe('bank')
    expect(made).toEqual(['bank-eu', 'bank'])
  })

  it('that is not registered is named, with those that are', async () => {
    const billing = await createTestBilling({ providers: { bank: bankTransfer(options) }, defaultProvider: 'bank' })
    onTestFinished(() => billing.close())
    expect(() => billing.providers.getProvider('bnak')).toThrow(/"bnak".*Registered: bank/)
    expect((await billing.call('POST', '/api/v1/billing/webhooks/bnak/', { body: {} })).status).toBe(404)
  })

  it('that misses its secret says so by name when the service is made', async () => {
    const database = await createTestBilling()
    onTestFinished(() => database.close())
    const providers = { bank: bankTransfer({ ...options, webhookSecret: undefined }) }
    const starting = createBilling({ baseUrl: 'http://billhook.test', database: database.ctx.db, providers })
    await expect(starting).rejects.toThrow(/"bank" needs webhookSecret \(BANK_WEBHOOK_SECRET\)/)
  })
})
