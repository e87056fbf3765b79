import type { MakeProvider } from 'billhook'
import { expect, it } from 'vitest'
import { builtInProviders } from './built-in-providers.ts'
import { chooseProviders } from './choose-providers.ts'
import { readConfiguration } from './configuration.ts'

const make: MakeProvider = () => {
  throw new Error('made too early')
}
const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://db/b', BILLHOOK_API_KEY: 'bh_0123456789abcdef' }
const paypal = { PAYPAL_CLIENT_ID: 'id', PAYPAL_CLIENT_SECRET: 'secret' }
const choose = (environment: NodeJS.ProcessEnv, file = {}) =>
  chooseProviders(readConfiguration(environment), file, builtInProviders)

it.each([
  ['the sandbox when nothing is configured', {}, {}, 'sandbox'],
  ['the one with keys', { STRIPE_SECRET_KEY: 'sk_test_1' }, {}, 'stripe'],
  ['Stripe where PayPal has its keys, too', { ...paypal, STRIPE_SECRET_KEY: 'sk_test_1' }, {}, 'stripe'],
  ['PayPal when only it has its keys', paypal, {}, 'paypal'],
  ['PayPal by its name', { ...paypal, STRIPE_SECRET_KEY: 'sk_test_1', PAYMENT_PROVIDER: 'paypal' }, {}, 'paypal'],
  ['the named one', { STRIPE_SECRET_KEY: 'sk_test_1', PAYMENT_PROVIDER: 'sandbox' }, {}, 'sandbox'],
  ['the only one of the configuration file', {}, { providers: { acmepay: make } }, 'acmepay'],
  ['the one that the file names', {}, { providers: { a: make, b: make }, defaultProvider: 'b' }, 'b'],
])('takes for the default %s', (_, environment, file, expected) => {
  expect(choose(environment, file).defaultProvider).toBe(expected)
})

it('refuses the sandbox under production unless it is allowed', () => {
  expect(() => choose(production)).toThrow(/BILLHOOK_ALLOW_SANDBOX/)
  expect(() => choose({ ...production, STRIPE_SECRET_KEY: 'sk_live_1', PAYMENT_PROVIDER: 'sandbox' })).toThrow(
    /BILLHOOK_ALLOW_SANDBOX/,
  )
  expect(choose({ ...production, BILLHOOK_ALLOW_SANDBOX: '1' }).defaultProvider).toBe('sandbox')
})

it('asks for a name where two could be meant, and refuses one that is not there', () => {
  expect(() => choose({}, { providers: { a: make, b: make } })).toThrow(/PAYMENT_PROVIDER must say/)
  expect(() => choose({ PAYMENT_PROVIDER: 'paypal' })).toThrow(/"paypal", which is not configured/)
})
