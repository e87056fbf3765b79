import { describe, expect, it } from 'vitest'
import { PaymentProviderError } from '../provider-error.ts'
import { stripeProvider } from './index.ts'
import { parseOptions, type StripeOptions } from './options.ts'

const good: StripeOptions = { secretKey: 'sk_test_1', webhookSecrets: ['whsec_1'] }

function refusal(options: StripeOptions): PaymentProviderError {
  try {
    stripeProvider(options)
  } catch (error) {
    if (error instanceof PaymentProviderError) return error
  }
  throw new Error('was accepted')
}

describe('stripeProvider', () => {
  it.each([
    [{ ...good, secretKey: undefined }, 'secretKey (STRIPE_SECRET_KEY) is missing'],
    [{ ...good, secretKey: '' }, 'secretKey (STRIPE_SECRET_KEY)'],
    [{ ...good, secretKey: 'pk_test_hidden' }, 'secretKey (STRIPE_SECRET_KEY) is no Stripe secret key'],
    [{ ...good, webhookSecrets: [' '] }, 'webhookSecrets (STRIPE_WEBHOOK_SECRET) holds an empty secret'],
    [{ ...good, publishableKey: 'sk_test_hidden' }, 'publishableKey (STRIPE_PUBLISHABLE_KEY)'],
    [{ ...good, publishableKey: 'pk_live_hidden' }, "is not of the secret key's mode (test)"],
    [{ ...good, apiBase: 'ftp://hidden' }, 'apiBase (STRIPE_API_BASE)'],
    [{ ...good, apiBase: 'http://127.0.0.1:1/v1' }, 'apiBase (STRIPE_API_BASE) must be an origin'],
    [{ ...good, maxNetworkRetries: 9 }, 'maxNetworkRetries'],
  ])('stops at once and names the setting, never its value: %o', (options, sentence) => {
    const error = refusal(options)
    expect(error).toMatchObject({ code: 'provider_misconfigured' })
    expect(error.message).toContain(sentence)
    expect(error.message).not.toContain('hidden')
  })

  it.each([
    ['sk_test_1', 'test'],
    ['rk_test_1', 'test'],
    ['sk_live_1', 'live'],
    ['rk_live_1', 'live'],
    ['sk_test_live_1', 'test'],
  ])('tells the mode by the key %s', (secretKey, mode) => {
    expect(parseOptions({ ...good, secretKey }).mode).toBe(mode)
  })
})
