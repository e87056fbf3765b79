import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { readConfiguration, variableNames } from './configuration.ts'

const key = 'bh_0123456789abcdef'
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://u:pass%40word@db/billhook',
  BILLHOOK_API_KEY: key,
}

it('needs nothing in development', () => {
  const { variables, baseUrl, isDevelopment } = readConfiguration({ BILLHOOK_URL: '', PATH: '/bin' })
  expect({ baseUrl, isDevelopment, port: variables.PORT }).toEqual({
    baseUrl: 'http://localhost:4242',
    isDevelopment: true,
    port: 4242,
  })
})

it('reads no variable that the README does not explain', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  expect(variableNames.filter((name) => !readme.includes(name))).toEqual([])
})

it.each([
  ['PORT', { PORT: 'http' }],
  ['PORT', { PORT: '70000' }],
  ['BILLHOOK_URL', { BILLHOOK_URL: 'billing.example.com' }],
  ['BILLHOOK_URL', { BILLHOOK_URL: 'https://example.com/?a=1' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://db' }],
  ['BILLHOOK_API_KEY', { BILLHOOK_API_KEY: 'short' }],
  ['BILLHOOK_API_KEY', { BILLHOOK_API_KEY: `${key},short` }],
  ['BILLHOOK_JWT_SECRET', { BILLHOOK_JWT_SECRET: 'short' }],
  ['BILLHOOK_JWKS_URL', { BILLHOOK_JWT_SECRET: 'x'.repeat(32), BILLHOOK_JWKS_URL: 'https://example.com/jwks' }],
  ['BILLHOOK_JWT_ISSUER', { BILLHOOK_JWT_ISSUER: 'https://example.com' }],
  ['BILLHOOK_ALLOW_SANDBOX', { BILLHOOK_ALLOW_SANDBOX: 'yes' }],
  ['BILLHOOK_PAYLOAD_DAYS', { BILLHOOK_PAYLOAD_DAYS: '-1' }],
  ['BILLHOOK_PAYLOAD_DAYS', { BILLHOOK_PAYLOAD_DAYS: 'long' }],
  ['BILLHOOK_USAGE_LATE_DAYS', { BILLHOOK_USAGE_LATE_DAYS: '366' }],
  ['BILLHOOK_USAGE_RETENTION_DAYS', { BILLHOOK_USAGE_RETENTION_DAYS: '30' }],
  ['BILLHOOK_MASKED_FIELDS', { BILLHOOK_MASKED_FIELDS: 'data..note' }],
  ['PAYMENT_PROVIDER', { PAYMENT_PROVIDER: 'No Such' }],
  ['STRIPE_API_BASE', { STRIPE_API_BASE: 'localhost:12111' }],
  ['PAYPAL_MODE', { PAYPAL_MODE: 'production' }],
  ['PAYPAL_API_BASE', { PAYPAL_API_BASE: 'localhost:12111' }],
  ['DATABASE_URL', { ...production, DATABASE_URL: '' }],
  ['BILLHOOK_API_KEY', { ...production, BILLHOOK_API_KEY: '' }],
  ['STRIPE_API_BASE', { ...production, STRIPE_API_BASE: 'https://stripe.example.com' }],
  ['PAYPAL_API_BASE', { ...production, PAYPAL_API_BASE: 'https://paypal.example.com' }],
])('stops at a wrong %s with one sentence that names it and shows no value: %j', (variable, environment) => {
  const read = () => readConfiguration(environment)
  expect(read).toThrow(variable)
  expect(read).toThrow(/^[^\n]+\.$/)
  expect(read).not.toThrow(key)
})

it('knows its secrets, the database’s password too, so that the log can leave them out', () => {
  const environment = {
    ...production,
    STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old',
    STRIPE_API_BASE: 'http://127.0.0.1:1',
    PAYPAL_CLIENT_SECRET: 'topsecret',
  }
  const { secrets } = readConfiguration(environment)
  expect(secrets).toEqual(
    expect.arrayContaining([key, 'whsec_new', 'whsec_old', 'topsecret', 'pass%40word', 'pass@word']),
  )
})

it('keeps payloads for 90 days, and masks what is named besides what is masked anyway', () => {
  const given = { BILLHOOK_PAYLOAD_DAYS: '0', BILLHOOK_MASKED_FIELDS: 'nickname, data.object.metadata.*' }
  const read = (environment: NodeJS.ProcessEnv) => readConfiguration(environment).variables
  expect([read({}).BILLHOOK_PAYLOAD_DAYS, read({}).BILLHOOK_MASKED_FIELDS]).toEqual([90, []])
  expect(read(given)).toMatchObject({
    BILLHOOK_PAYLOAD_DAYS: 0,
    BILLHOOK_MASKED_FIELDS: ['nickname', 'data.object.metadata.*'],
  })
})
