import { describe, expect, it } from 'vitest'
import { BillhookError } from '../primitives/index.ts'
import { PaymentProviderFactory } from './factory.ts'
import type { MakeProvider } from './provider.ts'
import { sandboxFromEnvironment } from './sandbox/index.ts'
import { stripeFromEnvironment } from './stripe/index.ts'

const known = { stripe: stripeFromEnvironment, sandbox: sandboxFromEnvironment }
const fromEnvironment = (environment: Record<string, string>) =>
  PaymentProviderFactory.fromEnvironment({ environment, known })

function refusal(work: () => unknown): BillhookError {
  try {
    work()
  } catch (error) {
    if (error instanceof BillhookError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('PaymentProviderFactory.fromEnvironment', () => {
  it('makes an account of what the variables say, for a script that has no installation', () => {
    const factory = fromEnvironment({
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old',
      STRIPE_API_BASE: '',
    })
    expect(factory.names).toEqual(['stripe', 'sandbox'])
    expect(factory.getProvider()).toMatchObject({ providerName: 'stripe', mode: 'test', publishableKey: 'pk_test_1' })
    expect(factory.getProvider()).toBe(factory.getProvider('stripe'))
  })

  it('names a provider that is not known, and those that are', () => {
    expect(refusal(() => fromEnvironment({ PAYMENT_PROVIDER: 'acme' }))).toMatchObject({
      code: 'unknown_provider',
      message: 'PAYMENT_PROVIDER names "acme", which is not configured; configured: sandbox.',
    })
    expect(refusal(() => fromEnvironment({}).getProvider('acme'))).toMatchObject({
      code: 'unknown_provider',
      message: 'No provider is named "acme". Registered: sandbox.',
    })
  })

  it('names the variable that is missing', () => {
    const missing = refusal(() => fromEnvironment({ PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: ' ' }))
    expect(missing).toMatchObject({ code: 'provider_misconfigured', facts: { variable: 'STRIPE_SECRET_KEY' } })
    expect(missing.message).toBe('PAYMENT_PROVIDER names "stripe", which is not configured: set STRIPE_SECRET_KEY.')
    const none = refusal(() => fromEnvironment({ NODE_ENV: 'production' }))
    expect(none).toMatchObject({ code: 'no_default_provider' })
    expect(none.message).toMatch(/set STRIPE_SECRET_KEY or BILLHOOK_ALLOW_SANDBOX=1/)
  })

  it('names a variable that is wrong and never shows its value', () => {
    const wrong = refusal(() => fromEnvironment({ STRIPE_SECRET_KEY: 'very-secret' }))
    expect(wrong).toMatchObject({ code: 'provider_misconfigured' })
    expect(wrong.message).toContain('STRIPE_SECRET_KEY')
    expect(wrong.message).not.toContain('very-secret')
  })

  it('hands its accounts on to a registry with another host', () => {
    const seen: string[] = []
    const make: MakeProvider = ({ providerName }) => {
      seen.push(providerName)
      return stripeFromEnvironment.make({ STRIPE_SECRET_KEY: 'sk_test_1' })(hostOf(providerName))
    }
    const first = PaymentProviderFactory.fromEnvironment({ environment: {}, known: {}, more: { acme: make } })
    const second = new PaymentProviderFactory({ host: hostOf })
    for (const [name, maker] of Object.entries(first.makers)) second.registerProvider(name, maker)
    expect(seen).toEqual([])
    expect(second.getProvider('acme').providerName).toBe('acme')
    expect(seen).toEqual(['acme'])
  })

  it('keeps no state for a provider that needs some, and says so', async () => {
    const sandbox = fromEnvironment({}).getProvider('sandbox')
    await expect(sandbox.listSubscriptions({})).rejects.toThrow(/stateStore/)
  })
})

const hostOf = (providerName: string) => ({
  providerName,
  baseUrl: 'http://localhost',
  webhookUrl: 'http://localhost/hooks',
  clock: { now: () => new Date(0) },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  stateStore: {
    get: async () => null,
    put: async () => undefined,
    delete: async () => undefined,
    list: async () => [],
    exclusively: () => Promise.reject(new Error('not used')),
  },
  fetch,
})
