import { createHmac } from 'node:crypto'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { PaymentProviderError } from '../provider-error.ts'
import { checkoutSession, sampleStart, snapshotEvent, subscriptionToday, thinEvent } from './testing/sample-objects.ts'
import { verifyWebhook } from './verify-webhook.ts'

const now = new Date(1_760_000_200_900)
const nowSeconds = 1_760_000_200
const webhookSecrets = ['whsec_new', 'whsec_old']
const body = JSON.stringify(snapshotEvent('customer.subscription.updated', subscriptionToday()))

function mac(
  payload: string,
  { secret = 'whsec_new', at = nowSeconds }: { secret?: string; at?: number } = {},
): string {
  return createHmac('sha256', secret).update(`${at}.${payload}`).digest('hex')
}

function verify(payload: string, header: string | null, secrets: readonly string[] = webhookSecrets) {
  const headers = new Headers(header === null ? {} : { 'Stripe-Signature': header })
  return verifyWebhook(new TextEncoder().encode(payload), headers, {
    provider: 'stripe-eu',
    webhookSecrets: secrets,
    now,
  })
}

function refusal(payload: string, header: string | null, secrets?: readonly string[]): PaymentProviderError {
  try {
    verify(payload, header, secrets)
  } catch (error) {
    if (error instanceof PaymentProviderError) return error
    throw error
  }
  throw new Error('was accepted')
}

describe('verifyWebhook', () => {
  it("accepts what Stripe's own SDK signs and keeps the body as it came", () => {
    const header = new Stripe('sk_test_x').webhooks.generateTestHeaderString({
      payload: body,
      secret: 'whsec_new',
      timestamp: nowSeconds,
    })
    expect(verify(body, header)).toEqual([
      {
        dedupeKey: 'evt_1',
        lineKey: 'cus_1',
        type: 'customer.subscription.updated',
        occurredAt: new Date((sampleStart + 200) * 1000),
        payloadVersion: '2026-10-28.endive',
        mode: 'test',
        raw: body,
      },
    ])
  })

  it('accepts any of the configured secrets, and one good v1 among several', () => {
    expect(verify(body, `t=${nowSeconds},v1=${mac(body, { secret: 'whsec_old' })}`)).toHaveLength(1)
    expect(verify(body, `t=${nowSeconds},v1=00,v1=${'0'.repeat(64)},v1=${mac(body)}`)).toHaveLength(1)
    expect(verify(body, `t=${nowSeconds}, v1=${mac(body)}, v0=abc`)).toHaveLength(1)
  })

  it.each([
    ['no header', body, null, /missing or empty/],
    ['an empty header', body, '', /missing or empty/],
    ['no timestamp', body, `v1=${mac(body)}`, /no timestamp/],
    ['a timestamp that is no number', body, `t=soon,v1=${mac(body)}`, /no timestamp/],
    ['only v0', body, `t=${nowSeconds},v0=${mac(body)}`, /no v1/],
    ['a v1 that is no digest', body, `t=${nowSeconds},v1=${mac(body).slice(2)}`, /no v1/],
    ['another secret', body, `t=${nowSeconds},v1=${mac(body, { secret: 'whsec_other' })}`, /No v1 signature matches/],
    ['another timestamp than the signed one', body, `t=${nowSeconds - 1},v1=${mac(body)}`, /No v1 signature matches/],
    ['a changed body', body.replace('cus_1', 'cus_2'), `t=${nowSeconds},v1=${mac(body)}`, /No v1 signature matches/],
    [
      'a re-serialized body',
      JSON.stringify(JSON.parse(body), null, 1),
      `t=${nowSeconds},v1=${mac(body)}`,
      /No v1 signature/,
    ],
    ['301 seconds of age', body, `t=${nowSeconds - 301},v1=${mac(body, { at: nowSeconds - 301 })}`, /301 seconds old/],
    ['301 seconds ahead', body, `t=${nowSeconds + 301},v1=${mac(body, { at: nowSeconds + 301 })}`, /301 seconds ahead/],
  ])('refuses %s and says which check failed without a secret', (_, payload, header, why) => {
    const error = refusal(payload, header)
    expect(error).toMatchObject({ code: 'invalid_signature', status: 400, provider: 'stripe-eu', retryable: false })
    expect(error.message).toMatch(why)
    expect(error.message).not.toMatch(/whsec|[0-9a-f]{32}/)
  })

  it.each([nowSeconds - 300, nowSeconds + 300])('accepts a signature at the edge of the tolerance (%i)', (at) => {
    expect(verify(body, `t=${at},v1=${mac(body, { at })}`)).toHaveLength(1)
  })

  it('asks for redelivery while no secret is configured', () => {
    expect(refusal(body, `t=${nowSeconds},v1=${mac(body)}`, [])).toMatchObject({
      code: 'verification_unavailable',
      status: 503,
      retryable: true,
    })
  })

  it.each(['not json', '"text"', '{}', JSON.stringify({ id: 'evt_1', type: 'x', created: 1 })])(
    'calls a signed body that is no event malformed: %s',
    (payload) => {
      expect(refusal(payload, `t=${nowSeconds},v1=${mac(payload)}`)).toMatchObject({
        code: 'malformed_payload',
        status: 400,
      })
    },
  )

  it('looks at the signature before the body', () => {
    expect(refusal('not json', `t=${nowSeconds},v1=${mac('{}')}`)).toMatchObject({ code: 'invalid_signature' })
  })

  it('accepts a thin event, whose line is its object', () => {
    const thin = JSON.stringify(thinEvent('v1.invoice.paid', { id: 'in_1', type: 'invoice', url: '/v1/invoices/in_1' }))
    expect(verify(thin, `t=${nowSeconds},v1=${mac(thin)}`)).toMatchObject([
      { dedupeKey: 'evt_thin_1', lineKey: 'in_1', occurredAt: new Date('2025-10-09T08:56:40Z') },
    ])
  })

  it('puts events without a customer on the line of their object, and marks live ones', () => {
    const event = JSON.stringify(
      snapshotEvent('checkout.session.expired', checkoutSession({ customer: null }), { livemode: true }),
    )
    expect(verify(event, `t=${nowSeconds},v1=${mac(event)}`)).toMatchObject([{ lineKey: 'cs_1', mode: 'live' }])
  })
})
