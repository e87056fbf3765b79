import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { createSandboxHarness } from '../../testing/sandbox-harness.ts'
import { webhookKeys } from './options.ts'
import { signatureHeaders, verifyWebhook } from './verify-webhook.ts'

const now = new Date('2026-03-01T00:00:00Z')
const oldKey = Buffer.from('an old key of sixteen bytes or more')
const newKey = Buffer.from('a new key of sixteen bytes or more')
const body = JSON.stringify({
  id: 'sbx_evt_1',
  type: 'invoice.paid',
  occurred_at: '2026-03-01T00:00:00.123Z',
  sequence: 1,
  data: { customer: 'sbx_cus_1', name: 'Zoë' },
})
const bytes = (text: string) => new TextEncoder().encode(text)
const signed = (keys: Buffer[], text = body, at = now) => new Headers(signatureHeaders(keys, 'sbx_evt_1', text, at))
const verify = (keys: Buffer[], headers: Headers, rawBody = bytes(body), at = now) =>
  verifyWebhook('sandbox', keys, { rawBody, headers, now: at })

describe('signatures of sandbox webhooks', () => {
  it('are what the Standard Webhooks library accepts', () => {
    const at = new Date()
    const headers = signatureHeaders([newKey], 'sbx_evt_1', body, at)
    const library = new Webhook(`whsec_${newKey.toString('base64')}`)
    expect(library.verify(body, headers)).toMatchObject({ id: 'sbx_evt_1' })
  })

  it('give one event with the sender’s id, its time to the millisecond and its customer as the line', () => {
    expect(verify([newKey], signed([newKey]))).toEqual({
      dedupeKey: 'sbx_evt_1',
      lineKey: 'sbx_cus_1',
      type: 'invoice.paid',
      occurredAt: new Date('2026-03-01T00:00:00.123Z'),
      payloadVersion: null,
      mode: 'test',
      raw: body,
    })
  })

  it('hold while secrets are rotated, whichever side knows both', () => {
    expect(verify([oldKey, newKey], signed([oldKey])).dedupeKey).toBe('sbx_evt_1')
    expect(verify([newKey], signed([oldKey, newKey])).dedupeKey).toBe('sbx_evt_1')
    expect(() => verify([newKey], signed([oldKey]))).toThrow('No signature')
  })

  it('hold for five minutes in both directions and not for a second more', () => {
    for (const direction of [1, -1]) {
      const inTime = new Date(now.getTime() + direction * 300_000)
      expect(verify([newKey], signed([newKey]), bytes(body), inTime).dedupeKey).toBe('sbx_evt_1')
      const tooFar = new Date(now.getTime() + direction * 301_000)
      expect(() => verify([newKey], signed([newKey]), bytes(body), tooFar)).toThrow('five minutes')
    }
  })

  it('do not hold for another id or another time than was signed', () => {
    for (const [name, value] of [
      ['webhook-id', 'sbx_evt_2'],
      ['webhook-timestamp', '1772323201'],
    ] as const) {
      const headers = signed([newKey])
      headers.set(name, value)
      expect(() => verify([newKey], headers)).toThrow('No signature')
    }
  })

  it('do not make an event of what is none: no JSON, no text, no customer', () => {
    for (const text of [
      'no json',
      '{}',
      '[]',
      'null',
      '{"id":"1","type":"x","occurred_at":"never","data":{"customer":"c"}}',
    ]) {
      expect(() => verify([newKey], signed([newKey], text), bytes(text))).toThrow('no event of the sandbox')
    }
  })

  it('do not make an event of bytes that are no UTF-8, which other readers would see as another text', () => {
    const rawBody = Buffer.concat([
      Buffer.from('{"id":"sbx_evt_1","type":"x","occurred_at":"2026-03-01T00:00:00Z","data":{"customer":"'),
      Buffer.from([0xff]),
      Buffer.from('"}}'),
    ])
    const timestamp = String(now.getTime() / 1000)
    const signature = createHmac('sha256', newKey).update(`sbx_evt_1.${timestamp}.`).update(rawBody).digest('base64')
    const headers = new Headers({
      'webhook-id': 'sbx_evt_1',
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    })
    expect(() => verify([newKey], headers, rawBody)).toThrow('no event of the sandbox')
  })

  it('come from a secret that is made once, or from those that are configured', async () => {
    const { host } = createSandboxHarness()
    const [first, second] = await Promise.all([webhookKeys(host, {}), webhookKeys(host, {})])
    expect(first).toEqual(second)
    const both = `whsec_${oldKey.toString('base64')}, whsec_${newKey.toString('base64')}`
    expect(await webhookKeys(host, { webhookSecret: both })).toEqual([oldKey, newKey])
    await expect(webhookKeys(host, { webhookSecret: 'whsec_c2hvcnQ=' })).rejects.toMatchObject({
      code: 'provider_misconfigured',
    })
  })
})
