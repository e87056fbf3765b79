import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toProviderError, understand } from './errors.ts'
import { customerInput, type EmulatedAccount, startEmulatedAccount } from './testing/emulated-account.ts'

type Raw = ConstructorParameters<typeof Stripe.errors.StripeError>[0]
const generate = (statusCode: number, facts: object = {}) =>
  Stripe.errors.StripeError.generate({
    statusCode,
    message: 'Says so.',
    requestId: 'req_1',
    ...facts,
  } as NonNullable<Raw>)
const failed = { outcome: 'failed', retryable: false }
const again = { outcome: 'failed', retryable: true }
const unknown = { code: 'outcome_unknown', outcome: 'unknown', retryable: false }

describe('toProviderError', () => {
  it.each([
    [
      generate(402, { code: 'card_declined', decline_code: 'lost_card' }),
      { code: 'payment_declined', declineCode: 'lost_card', ...failed },
    ],
    [generate(402, { code: 'expired_card' }), { code: 'payment_declined', declineCode: 'expired_card', ...failed }],
    [generate(402, { code: 'authentication_required' }), { code: 'authentication_required', ...failed }],
    [generate(402, { code: 'invoice_payment_intent_requires_action' }), { code: 'authentication_required', ...failed }],
    [generate(429), { code: 'provider_rate_limited', ...again }],
    [generate(400, { code: 'rate_limit' }), { code: 'provider_rate_limited', ...again }],
    [generate(429, { code: 'lock_timeout' }), { code: 'provider_rate_limited', ...again }],
    [generate(401), { code: 'provider_misconfigured', ...failed }],
    [generate(403), { code: 'provider_misconfigured', ...failed }],
    [generate(404, { code: 'resource_missing' }), { code: 'resource_missing', ...failed }],
    [generate(400, { type: 'idempotency_error' }), { code: 'idempotency_conflict', ...failed }],
    [generate(409, { code: 'idempotency_key_in_use' }), unknown],
    [generate(409), { code: 'provider_unavailable', ...again }],
    [generate(400, { code: 'invalid_canceled_subscription_fields' }), { code: 'subscription_ended', ...failed }],
    [generate(400, { param: 'currency' }), { code: 'unsupported_currency', ...failed }],
    [generate(400, { code: 'parameter_unknown' }), { code: 'provider_rejected', ...failed }],
    [generate(400, { code: 'constructor' }), { code: 'provider_rejected', declineCode: null, ...failed }],
    [generate(400, { code: 'charge_already_refunded' }), { code: 'refund_not_possible', ...failed }],
    [generate(400, { code: 'charge_disputed' }), { code: 'refund_not_possible', ...failed }],
    [generate(500), unknown],
    [generate(503, { code: 'resource_missing' }), unknown],
    [new Stripe.errors.StripeConnectionError({ message: 'cut', type: 'api_error' } as NonNullable<Raw>), unknown],
    [new TypeError('not understood'), unknown],
  ])('tells what a write came to: %s', (cause, expected) => {
    const error = toProviderError(cause, 'stripe-eu', 'write')
    expect(error).toMatchObject({ provider: 'stripe-eu', cause, ...expected })
  })

  it.each([
    [generate(500), { code: 'provider_unavailable', ...again }],
    [
      new Stripe.errors.StripeConnectionError({ message: 'cut', type: 'api_error' } as NonNullable<Raw>),
      { code: 'provider_unavailable', ...again },
    ],
    [new TypeError('not understood'), { code: 'malformed_payload', ...failed }],
  ])('knows that a read changed nothing: %s', (cause, expected) => {
    expect(toProviderError(cause, 'stripe', 'read')).toMatchObject(expected)
  })

  it('has an answer for every class of error that the SDK can throw, and never calls a lost write failed', () => {
    const classes = Object.entries(Stripe.errors).filter(
      ([, made]) => made.prototype instanceof Stripe.errors.StripeError,
    )
    expect(classes.length).toBeGreaterThan(10)
    for (const [name, SdkError] of classes) {
      const raw = { message: 'Says so.', statusCode: 400, type: 'invalid_request_error' }
      const made: unknown = new (SdkError as unknown as new (raw: object, type?: string) => Error)(raw, name)
      const error = toProviderError(made, 'stripe', 'write')
      expect([name, error.code === 'malformed_payload']).toEqual([name, false])
      const isUncertain = name === 'StripeConnectionError' || name === 'StripeAPIError'
      expect([name, error.outcome]).toEqual([name, isUncertain ? 'unknown' : 'failed'])
    }
  })

  it('keeps what already is one of ours', () => {
    const ours = toProviderError(generate(401), 'stripe', 'read')
    expect(toProviderError(ours, 'stripe', 'write')).toBe(ours)
    expect(() =>
      understand('stripe', () => {
        throw ours
      }),
    ).toThrow(ours)
  })
})

describe('a call to Stripe', () => {
  let account: EmulatedAccount
  beforeEach(async () => {
    account = await startEmulatedAccount()
  })
  afterEach(() => account.emulator.stop())

  const create = () => {
    const input = customerInput()
    return account.provider.createCustomer(input, account.operation('create_customer', input))
  }

  it('waits out a rate limit, longer each time, and gives up after a few', async () => {
    account.emulator.faults.next({ kind: 'status', status: 429, times: 2 })
    expect(await create()).toMatchObject({ deleted: false })
    expect(account.waits).toEqual([375, 750])
    account.emulator.faults.next({ kind: 'status', status: 429, times: 4 })
    await expect(create()).rejects.toMatchObject({ code: 'provider_rate_limited', retryable: true })
    expect(account.waits).toEqual([375, 750, 375, 750, 1500])
  })

  it('does not repeat a write whose connection was cut by itself when told so', async () => {
    account.emulator.faults.next({ kind: 'drop_before', times: 1 })
    await expect(create()).rejects.toMatchObject(unknown)
    expect(account.emulator.requests).toHaveLength(1)
  })

  it('calls a write unknown and a read retryable when no answer comes in time or nobody listens', async () => {
    const deaf = createServer(() => undefined)
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as AddressInfo
    for (const apiBase of [`http://127.0.0.1:${port}`, 'http://127.0.0.1:1']) {
      const slow = await startEmulatedAccount({ timeoutMs: 30, apiBase })
      const input = customerInput()
      const write = slow.provider.createCustomer(input, slow.operation('create_customer', input))
      await expect(write).rejects.toMatchObject(unknown)
      await expect(slow.provider.retrieveInvoice('in_1')).rejects.toMatchObject({
        code: 'provider_unavailable',
        retryable: true,
      })
      await slow.emulator.stop()
    }
    deaf.closeAllConnections()
    deaf.close()
  })

  it('says the key is wrong without showing it', async () => {
    const other = await startEmulatedAccount({
      secretKey: 'sk_test_wrong_key_of_somebody',
      apiBase: account.emulator.baseUrl,
    })
    const error: unknown = await other.provider.retrieveInvoice('in_1').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'provider_misconfigured' })
    expect(String(error)).not.toContain('wrong_key')
    await other.emulator.stop()
  })
})
