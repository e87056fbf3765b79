import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signPayload } from '../../billhook/src/testing/stripe-emulator/index.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const key = 'bh_bad_input_key_0123456789'
const secrets = {
  BILLHOOK_API_KEY: key,
  STRIPE_SECRET_KEY: 'sk_test_badinputsecret',
  STRIPE_WEBHOOK_SECRET: 'whsec_badinputsecret',
  BILLHOOK_JWT_SECRET: 'a-token-secret-of-more-than-thirty-two-bytes',
}
const door = '/api/v1/billing/webhooks'
const megabyte = 1_048_576
const stackTrace = /\n\s+at |node:internal|\.ts:\d+/

let service: ServiceRun
let remove: () => Promise<void>
/** Every answer of the service, to be searched for what must not leave. */
const answers: string[] = []
beforeAll(async () => {
  const temporary = await temporaryDirectory()
  remove = temporary.remove
  const environment = {
    ...secrets,
    PAYMENT_PROVIDER: 'sandbox',
    // Nothing listens there: no test of bad input may depend on what Stripe says.
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  }
  service = await startService({ directory: temporary.directory, environment })
  for (const external_id of ['acme', 'rival']) {
    const fields = { name: external_id, email: 'a@a.test', country: 'US', currency: 'USD', timezone: 'UTC' }
    await post('/api/v1/organizations/', { external_id, ...fields })
  }
  const price = (name: string, amount: number) => ({ key: name, currency: 'USD', amount, interval: 'month' })
  const prices = [price('gold-monthly', 4900), price('gold-large', 9900)]
  await post('/api/v1/plans/', { key: 'gold', name: 'Gold', features: { export: true }, limits: {}, prices })
  expect((await post('/api/v1/plans/gold/publish/', { provider: 'sandbox' })).status).toBe(200)
}, 240_000)
afterAll(async () => {
  await service?.stop()
  await remove?.()
})

async function send(method: string, path: string, init: RequestInit = {}) {
  const response = await fetch(path.startsWith('http') ? path : service.url + path, {
    redirect: 'manual',
    method,
    ...init,
  })
  const text = await response.text()
  answers.push(text, JSON.stringify([...response.headers]))
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const json: Record<string, unknown> = isJson ? Object(JSON.parse(text)) : {}
  return { status: response.status, type: response.headers.get('content-type'), text, json }
}

const authorized = (organization = 'acme') => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/json',
  'x-organization-id': organization,
})
const post = (path: string, body: unknown, organization?: string) =>
  send('POST', path, {
    headers: authorized(organization),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const get = (path: string, organization?: string) => send('GET', path, { headers: authorized(organization) })
const checkout = (price_id: string, organization?: string) => {
  const body = { price_id, success_url: 'http://127.0.0.1:9/ok', cancel_url: 'http://127.0.0.1:9/no' }
  return post('/api/v1/subscriptions/create-checkout-session/', body, organization)
}
const payPage = (url: unknown, card: string) =>
  send('POST', String(url), { body: new URLSearchParams({ card }), redirect: 'manual' })
const isProblem = { type: 'application/problem+json' }

describe('A webhook that is not what it says', () => {
  const event = JSON.stringify({ id: 'evt_bad_1', object: 'event', type: 'invoice.paid', livemode: false })
  const signed = (body: string, secret = secrets.STRIPE_WEBHOOK_SECRET) => ({
    'stripe-signature': signPayload(body, secret, Math.floor(Date.now() / 1000)),
  })
  const inbox = async () => (await get('/api/v1/admin/webhook-events/?limit=100')).json.data

  it('is refused with 400 and leaves no row: forged, unsigned, cut short, altered, no JSON, empty', async () => {
    const noJson = 'not json'
    const wrong: Array<[string, string, Record<string, string>]> = [
      ['stripe', event, signed(event, 'whsec_another')],
      ['stripe', event, {}],
      ['stripe', event.slice(0, -10), signed(event)],
      ['stripe', event.replace('paid', 'void'), signed(event)],
      ['stripe', noJson, signed(noJson)],
      ['stripe', '', signed('')],
      ['sandbox', event, { 'webhook-id': 'evt_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,Zm9yZ2Vk' }],
      ['sandbox', event, {}],
    ]
    for (const [provider, body, headers] of wrong) {
      const refused = await send('POST', `${door}/${provider}/`, { headers, body })
      expect(refused, `${provider} ${body} ${JSON.stringify(headers)}`).toMatchObject({ status: 400, ...isProblem })
      expect(refused.json.code).toMatch(/^(invalid_signature|malformed_payload)$/)
    }
    expect(await inbox()).toEqual([])
  })

  it('is 404 for a provider that is not there, whatever its name is made of', async () => {
    for (const name of ['nobody', '__proto__', 'constructor', 'STRIPE', '%00', '..%2fstripe']) {
      expect(await send('POST', `${door}/${name}/`, { body: event }), name).toMatchObject({ status: 404, ...isProblem })
    }
  })

  it('is 413 beyond one megabyte, however well signed', async () => {
    const big = JSON.stringify({ id: 'evt_big', padding: 'x'.repeat(megabyte) })
    expect(await send('POST', `${door}/stripe/`, { headers: signed(big), body: big })).toMatchObject({
      status: 413,
      json: { code: 'body_too_large' },
    })
    expect(await inbox()).toEqual([])
  })

  it('that breaks off in the middle, or never ends, costs its own connection only', async () => {
    const { hostname, port } = new URL(service.url)
    const head = `POST ${door}/stripe/ HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\n\r\n`
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(`${head}{"id"`, () => socket.destroy()))
      socket.once('close', () => resolve())
    })
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(megabyte)) })
    const flood = fetch(`${service.url}${door}/stripe/`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
    } as RequestInit)
    // Cut, or answered and then cut: either way it ends.
    await flood.then(
      ({ status }) => expect(status).toBe(413),
      (error) => expect(error).toBeInstanceOf(TypeError),
    )
    expect((await get('/readyz')).status).toBe(200)
    expect(await inbox()).toEqual([])
  })
})

describe('A call that makes no sense', () => {
  it('is told what is wrong in a problem document, never 500', async () => {
    const path = '/api/v1/subscriptions/create-checkout-session/'
    const urls = { success_url: 'http://a.test/', cancel_url: 'http://a.test/' }
    const cases: Array<[unknown, number]> = [
      ['{"price_id":', 400],
      ['[]', 400],
      ['null', 400],
      ['"text"', 400],
      [{ price_id: 'gold-monthly', ...urls, voucher: 'FREE' }, 400],
      [{ price_id: 'gold-monthly', ...urls, quantity: 1e9 }, 400],
      [{ price_id: 'gold-monthly', ...urls, quantity: 0.5 }, 400],
      [{ price_id: { $ne: null }, ...urls }, 400],
      [{ price_id: 'gold-monthly\u0000', ...urls }, 400],
      [{ price_id: "' OR 1=1 --", ...urls }, 404],
      [{ price_id: 'gold-monthly', ...urls, provider: 'nobody' }, 404],
      [{ price_id: 'gold-monthly', success_url: 'javascript:alert(1)', cancel_url: 'http://a.test/' }, 400],
    ]
    for (const [body, status] of cases) {
      const refused = await post(path, body)
      const what = JSON.stringify(body)
      expect([refused.status, refused.type], `${what} ${refused.text}`).toEqual([status, isProblem.type])
      expect(refused.json, what).toMatchObject({ code: expect.any(String), detail: expect.stringMatching(/\w/) })
    }
  })

  it('is refused, and never 500, when the body is missing, whichever call it is', async () => {
    const { json } = await get('/openapi.json')
    const paths: Record<string, Record<string, object>> = Object(json.paths)
    const calls = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'get')
        .map((method) => ({ method: method.toUpperCase(), path: path.replace(/\{[^}]+\}/g, 'gold') })),
    )
    expect(calls.length).toBeGreaterThan(8)
    const { 'content-type': _, ...headers } = authorized()
    for (const { method, path } of calls) {
      const answer = await send(method, path, { headers })
      expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(500)
    }
  })

  it('is refused where an id, a cursor, a header or a path is nonsense', async () => {
    for (const path of [
      '/subscriptions/%00/',
      '/subscriptions/bhsub_1/',
      '/invoices/%E0%A4%A/',
      '/invoices/?cursor=nonsense',
      '/invoices/?limit=-1',
      '/events/?limit=1000000',
      `/entitlements/${'x'.repeat(5000)}/`,
    ]) {
      const { status } = await get(`/api/v1${path}`)
      expect([400, 404], `${path}: ${status}`).toContain(status)
    }
    const wrongHeader = await send('GET', '/api/v1/invoices/', {
      headers: { ...authorized(), 'x-organization-id': "x' OR '1'='1" },
    })
    expect(wrongHeader.status).toBe(404)
  })

  it('gets nothing with the ids of another organization', async () => {
    const { json: session } = await checkout('gold-monthly', 'rival')
    for (const [method, path] of [
      ['GET', `/checkout-sessions/${session.id}/`],
      ['GET', `/checkout-sessions/${session.external_session_id}/`],
    ] as const) {
      const stranger = await send(method, `/api/v1${path}`, { headers: authorized('acme') })
      expect(stranger.status, path).toBe(404)
    }
    expect((await get(`/api/v1/checkout-sessions/${session.id}/`, 'rival')).status).toBe(200)
  })
})

describe('Two at once', () => {
  it('asking for the same checkout get one page, and asking for different ones leave one open', async () => {
    const same = await Promise.all([1, 2, 3].map(() => checkout('gold-monthly')))
    expect(same.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
    for (const { status, text } of same) expect([201, 409], text).toContain(status)
    const ids = new Set(same.filter(({ status }) => status === 201).map(({ json }) => json.id))
    expect(ids.size).toBe(1)
    const pages = await Promise.all(['gold-monthly', 'gold-large'].map((price) => checkout(price)))
    for (const { status, text } of pages) expect([201, 409], text).toContain(status)
    const made = pages.filter(({ status }) => status === 201).map(({ json }) => String(json.id))
    const seen = await Promise.all([...new Set(made)].map((id) => get(`/api/v1/checkout-sessions/${id}/`)))
    expect(seen.filter(({ json }) => json.status === 'open').length).toBe(1)
  })

  it('paying after a declined card and a double click is one subscription and one invoice', async () => {
    const { json: session } = await checkout('gold-monthly')
    const declined = await payPage(session.url, '4000000000000002')
    expect([declined.status, (await get('/api/v1/subscriptions/current/')).status]).toEqual([402, 404])
    expect(declined.text).toContain('The card was declined')
    const paid = await Promise.all([1, 2].map(() => payPage(session.url, '4242424242424242')))
    expect(paid.map(({ status }) => status)).toEqual([303, 303])
    await expect
      .poll(async () => (await get('/api/v1/subscriptions/current/')).json.status, { timeout: 60_000 })
      .toBe('active')
    await expect.poll(async () => (await get('/api/v1/invoices/')).json.data, { timeout: 60_000 }).toHaveLength(1)
    expect((await get('/api/v1/subscriptions/')).json.data).toHaveLength(1)
    expect(await checkout('gold-large')).toMatchObject({ status: 409, ...isProblem })
  })
})

it('lets no stack trace and no secret out, in any answer above or in the log', async () => {
  expect(answers.length).toBeGreaterThan(50)
  const output = service.output()
  expect(output).toContain('webhook')
  for (const text of [...answers, output]) expect(text).not.toMatch(stackTrace)
  for (const secret of Object.values(secrets)) {
    for (const text of [...answers, output]) expect(text).not.toContain(secret)
  }
  expect(output).not.toMatch(/4242424242424242|card=/)
})

it('names every fact in the log in one style', () => {
  const names = service
    .output()
    .split('\n')
    .filter((line) => /^\d\d:\d\d:\d\d /.test(line))
    .flatMap((line) => [...line.matchAll(/ (\w+)=/g)].map(([, name]) => name))
  expect([...new Set(names)]).toEqual(
    expect.arrayContaining(['request_id', 'operation_id', 'webhook_event_id', 'dedupe_key']),
  )
  expect(names.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name ?? ''))).toEqual([])
})
