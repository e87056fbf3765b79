import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signPayload } from '../../billhook/src/testing/stripe-emulator/index.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const key = 'bh_bad_bodies_key_0123456789'
const secret = 'whsec_badbodies'
const door = '/api/v1/billing/webhooks/stripe/'
const megabyte = 1_048_576
const deep = 100_000

let service: ServiceRun
let remove: () => Promise<void>
beforeAll(async () => {
  const temporary = await temporaryDirectory()
  remove = temporary.remove
  const environment = {
    BILLHOOK_API_KEY: key,
    STRIPE_SECRET_KEY: 'sk_test_badbodies',
    STRIPE_WEBHOOK_SECRET: secret,
    // Nothing listens there.
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  }
  service = await startService({ directory: temporary.directory, environment })
}, 240_000)
afterAll(async () => {
  await service?.stop()
  await remove?.()
})

async function send(method: string, path: string, init: RequestInit = {}) {
  const response = await fetch(service.url + path, { method, ...init })
  const json: Record<string, unknown> = Object(await response.json())
  return { status: response.status, json }
}
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  send('POST', door, { body, headers })
const signed = (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
  post(body, { 'stripe-signature': signPayload(body, secret, Math.floor(Date.now() / 1000)), ...more })
const asPlatform = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
const inbox = async () => {
  const { json } = await send('GET', '/api/v1/admin/webhook-events/?limit=100', { headers: asPlatform })
  return json.data as Array<{ id: string; status: string }>
}
const isAnswering = async () => (await fetch(`${service.url}/readyz`)).status === 200

const nested = (open: string, close: string, core: string) => open.repeat(deep) + core + close.repeat(deep)
const event = (object: string) =>
  `{"id":"evt_deep","object":"event","api_version":"2026-10-28.endive","created":1800000000,"livemode":false,"type":"customer.subscription.updated","data":{"object":${object}}}`

describe('A body that nobody would send', () => {
  it('is refused in a word, well signed or not, and nothing of it is kept', async () => {
    const text = event('{"id":"sub_1","object":"subscription","customer":"cus_1"}')
    const bytes = (part: Buffer) => new Uint8Array(part)
    const cases: Array<[string, number, () => ReturnType<typeof post>]> = [
      ['10 MB', 413, () => post('x'.repeat(10 * megabyte))],
      ['10 MB, signed', 413, () => signed('x'.repeat(10 * megabyte))],
      ['arrays in arrays', 400, () => signed(nested('[', ']', ''))],
      ['objects in objects', 400, () => signed(nested('{"a":', '}', '1'))],
      ['brackets that never close', 400, () => signed('['.repeat(megabyte - 1))],
      ['UTF-16', 400, () => signed(bytes(Buffer.from(text, 'utf16le')))],
      ['Latin-1', 400, () => signed(bytes(Buffer.from(text.replace('cus_1', 'Zoë'), 'latin1')))],
      ['a byte order mark', 400, () => signed(bytes(Buffer.from(`\ufeff${text}`)))],
      ['gzip', 400, () => signed(bytes(gzipSync(text)), { 'content-encoding': 'gzip' })],
      [
        'gzip of something else than was signed',
        400,
        () =>
          post(bytes(gzipSync(text)), { 'content-encoding': 'gzip', 'stripe-signature': signPayload(text, secret, 1) }),
      ],
      ['numbers beyond all numbers', 400, () => signed(text.replace('1800000000', '1e400'))],
      ['a signature of 8 kB', 400, () => post(text, { 'stripe-signature': `t=1,${'v1=0,'.repeat(1_600)}` })],
    ]
    for (const [name, status, deliver] of cases) {
      const { status: answered, json } = await deliver()
      expect([name, answered, json.code]).toEqual([name, status, expect.stringMatching(/^[a-z_]+$/)])
      expect(await isAnswering(), name).toBe(true)
    }
    expect(await inbox()).toEqual([])
  })

  it('in chunks that never end costs its own connection only', async () => {
    const { hostname, port } = new URL(service.url)
    const drips = await Promise.all(
      Array.from({ length: 50 }, () => {
        const head = `POST ${door} HTTP/1.1\r\nHost: ${hostname}\r\nTransfer-Encoding: chunked\r\n\r\n`
        return new Promise<ReturnType<typeof connect>>((resolve) => {
          const socket = connect(Number(port), hostname, () =>
            socket.write(`${head}4\r\n[[[[\r\n`, () => resolve(socket)),
          )
        })
      }),
    )
    expect(await isAnswering()).toBe(true)
    expect((await post('{}')).status).toBe(400)
    for (const socket of drips) socket.destroy()
    expect(await isAnswering()).toBe(true)
    expect(await inbox()).toEqual([])
  })
})

describe('An event of the provider that is deeper than any sense', () => {
  it('is kept as it came, and can be looked at', async () => {
    const body = event(`{"id":"sub_1","object":"subscription","customer":"cus_1","a":${nested('{"a":', '}', '1')}}`)
    expect((await signed(body)).status).toBe(200)
    const [row] = await inbox()
    const shown = await send('GET', `/api/v1/admin/webhook-events/${row?.id}/`, { headers: asPlatform })
    expect([shown.status, String(shown.json.payload).length < body.length]).toEqual([200, true])
    expect(await isAnswering()).toBe(true)
  })
})

describe('A call of the API with such a body', () => {
  it('is refused and never 500', async () => {
    const place = { country: 'US', currency: 'USD', timezone: 'UTC' }
    const fields = JSON.stringify({ external_id: 'deep', name: 'Deep', email: 'a@a.test', ...place }).slice(0, -1)
    const bodies: Array<[string, string | Uint8Array<ArrayBuffer>, number]> = [
      ['metadata 100,000 deep', `${fields},"metadata":${nested('{"a":', '}', '1')}}`, 400],
      ['an array 100,000 deep', nested('[', ']', ''), 400],
      ['UTF-16', new Uint8Array(Buffer.from(`${fields}}`, 'utf16le')), 400],
      ['Latin-1', new Uint8Array(Buffer.from(`${fields.replace('Deep', 'Zoë')}}`, 'latin1')), 400],
      ['10 MB', `${fields},"metadata":{"a":"${'x'.repeat(10 * megabyte)}"}}`, 413],
    ]
    for (const path of ['/organizations/', '/plans/', '/webhook-endpoints/'])
      for (const [name, body, status] of bodies) {
        const answer = await send('POST', `/api/v1${path}`, { headers: asPlatform, body })
        expect([path, name, answer.status, answer.json.detail]).toEqual([path, name, status, expect.any(String)])
      }
    const { status } = await send('GET', '/api/v1/organizations/deep/', { headers: asPlatform })
    expect(status).toBe(404)
  })
})

it('lets no stack trace out into the log', () => {
  expect(service.output()).not.toMatch(/\n\s+at |RangeError/)
})
