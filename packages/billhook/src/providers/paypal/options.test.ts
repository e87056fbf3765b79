import { describe, expect, it } from 'vitest'
import { paypalFromEnvironment } from './index.ts'
import { optionsFromEnvironment, type PayPalOptions, parseOptions } from './options.ts'

const right: PayPalOptions = { clientId: 'id', clientSecret: 'topsecret', mode: 'sandbox' }

describe('settings', () => {
  it('name the host of the mode, or the emulator', () => {
    expect(parseOptions(right).origin).toBe('https://api-m.sandbox.paypal.com')
    expect(parseOptions({ ...right, mode: 'live' }).origin).toBe('https://api-m.paypal.com')
    expect(parseOptions({ ...right, apiBase: 'http://127.0.0.1:8080/' }).origin).toBe('http://127.0.0.1:8080')
  })

  it.each([
    [{ clientId: undefined }, 'PAYPAL_CLIENT_ID'],
    [{ clientSecret: '' }, 'PAYPAL_CLIENT_SECRET'],
    [{ webhookId: 'https://billing.example.com' }, 'PAYPAL_WEBHOOK_ID'],
    [{ apiBase: 'http://127.0.0.1/path' }, 'PAYPAL_API_BASE'],
    [{ trustedRoots: ['root.pem'] }, 'trustedRoots'],
    [{ taxPercentage: '19%' }, 'taxPercentage'],
    [{ paymentFailureThreshold: 0 }, 'paymentFailureThreshold'],
  ])('that are wrong stop at once, by name and without a value: %j', (wrong, name) => {
    const parse = () => parseOptions({ ...right, ...wrong })
    expect(parse).toThrow(name)
    expect(parse).not.toThrow('topsecret')
  })

  it('of the environment mean the sandbox unless they say live', () => {
    const environment = { PAYPAL_CLIENT_ID: 'id', PAYPAL_CLIENT_SECRET: 'secret' }
    expect(optionsFromEnvironment(environment).mode).toBe('sandbox')
    expect(optionsFromEnvironment({ ...environment, PAYPAL_MODE: 'live' }).mode).toBe('live')
    expect(() => optionsFromEnvironment({ ...environment, PAYPAL_MODE: 'prod' })).toThrow('PAYPAL_MODE')
  })

  it('of the environment are missing by name', () => {
    expect(paypalFromEnvironment.missing({})).toBe('PAYPAL_CLIENT_ID')
    expect(paypalFromEnvironment.missing({ PAYPAL_CLIENT_ID: 'id' })).toBe('PAYPAL_CLIENT_SECRET')
    expect(paypalFromEnvironment.missing({ PAYPAL_CLIENT_ID: 'id', PAYPAL_CLIENT_SECRET: 's' })).toBeNull()
  })
})
