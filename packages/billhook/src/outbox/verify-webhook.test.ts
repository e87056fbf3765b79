import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { newSecret, signedHeaders } from './sign.ts'
import { type VerifyWebhookInput, verifyWebhook } from './verify-webhook.ts'

const at = new Date('2026-03-01T00:00:00.900Z')
const secret = newSecret(Buffer.alloc(32, 7).toString('base64url'))
const other = newSecret(Buffer.alloc(32, 8).toString('base64url'))
const body = JSON.stringify({ id: 'bhevt_1', type: 'webhook.test', data: { endpoint_id: 'ü' } })
const headers = signedHeaders([secret], { id: 'bhevt_1', at, body })

const verify = (change: Partial<VerifyWebhookInput> = {}) => {
  try {
    return verifyWebhook({ body, headers, secret, now: at, ...change }).type
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

it('signs as the reference implementation of Standard Webhooks does', () => {
  expect(headers['webhook-signature']).toBe(new Webhook(secret).sign('bhevt_1', at, body))
})

it('takes the body as text or bytes, headers in any form and case, and one of several secrets', () => {
  const shouted = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]))
  const accepted: Array<Partial<VerifyWebhookInput>> = [
    {},
    { body: new TextEncoder().encode(body) },
    { headers: new Headers(headers) },
    { headers: shouted },
    { secret: [other, secret] },
    { secret: secret.replace('whsec_', '') },
    { headers: signedHeaders([other, secret], { id: 'bhevt_1', at, body }) },
  ]
  expect(accepted.map((change) => verify(change))).toEqual(accepted.map(() => 'webhook.test'))
})

it('refuses what was changed, forged or signed with another secret', () => {
  const refused: Array<Partial<VerifyWebhookInput>> = [
    { body: body.replace('ü', 'u') },
    { headers: { ...headers, 'webhook-id': 'bhevt_2' } },
    { headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) } },
    { headers: { ...headers, 'webhook-signature': headers['webhook-signature']?.replace('v1,', 'v2,') } },
    { headers: { ...headers, 'webhook-signature': 'v1,' } },
    { secret: other },
    { secret: [] },
    { secret: '' },
    { secret: 'whsec_' },
  ]
  expect(refused.map((change) => verify(change))).toEqual(refused.map(() => 'webhook_signature_wrong'))
})

it('refuses an old delivery that is played again, and one from the future', () => {
  const seconds = (by: number) => verify({ now: new Date(at.getTime() + by * 1000) })
  expect([seconds(299), seconds(301), seconds(-299), seconds(-302)]).toEqual([
    'webhook.test',
    'webhook_timestamp_out_of_tolerance',
    'webhook.test',
    'webhook_timestamp_out_of_tolerance',
  ])
  for (const timestamp of ['', 'NaN', '1e10', '-1', '99999999999999'])
    expect(verify({ headers: { ...headers, 'webhook-timestamp': timestamp } }), timestamp).toMatch(
      /headers_missing|tolerance/,
    )
})

it('says what is missing or unreadable', () => {
  for (const name of Object.keys(headers).filter((key) => key.startsWith('webhook-')))
    expect(verify({ headers: { ...headers, [name]: undefined } }), name).toBe('webhook_headers_missing')
  for (const text of ['not json', '7', 'null'])
    expect(verify({ body: text, headers: signedHeaders([secret], { id: 'x', at, body: text }) }), text).toBe(
      'webhook_body_unreadable',
    )
})

it('types each message by its type', () => {
  const paid = JSON.stringify({ type: 'invoice.paid', sequence: 2, data: { amount_paid: 2900, paid_at: null } })
  const message = verifyWebhook({
    body: paid,
    headers: signedHeaders([secret], { id: 'x', at, body: paid }),
    secret,
    now: at,
  })
  if (message.type !== 'invoice.paid') throw new Error(message.type)
  const { amount_paid, paid_at }: { amount_paid: number; paid_at: string | null } = message.data
  expect([message.sequence, amount_paid, paid_at]).toEqual([2, 2900, null])
})
