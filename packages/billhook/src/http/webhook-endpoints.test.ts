import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestBilling, type TestBilling } from '../testing/create-test-billing.ts'

const base = '/api/v1/webhook-endpoints/'
const jwtSecret = 'a secret of at least thirty-two bytes'
let billing: TestBilling
/** Refuses what is not on the public internet, as every installation does that says nothing. */
let strict: TestBilling
const receiver = createServer((request, response) => {
  request.resume()
  response.end(request.headers['webhook-id'] ?? '')
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  billing = await createTestBilling({ settings: { allowPrivateWebhooks: true }, jwt: { secret: jwtSecret } })
  strict = await createTestBilling({ database: billing.ctx.db, resolveHost: async () => ['169.254.169.254'] })
  for (const external_id of ['acme', 'rival']) {
    const fields = { name: external_id, email: 'a@a.test', country: 'US', currency: 'USD', timezone: 'UTC' }
    await billing.call('POST', '/api/v1/organizations/', { body: { external_id, ...fields } })
  }
})
afterAll(async () => {
  await billing.close()
  await new Promise((resolve) => receiver.close(resolve))
})

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
const create = async (organization?: string, body: object = { url }) => {
  const made = await billing.call('POST', base, { ...(organization && { organization }), body })
  return { ...made, id: String(field(made.json, 'id')) }
}
const ids = async (organization?: string) => {
  const { json } = await billing.call('GET', `${base}?limit=100`, { ...(organization && { organization }) })
  const data = field(json, 'data')
  return Array.isArray(data) ? data.map((one) => field(one, 'id')) : []
}

it('shows the secret when it is made and when it is rotated, and never else', async () => {
  const made = await create('acme', { url, event_types: ['invoice.*'], description: 'Books' })
  expect(made.status).toBe(201)
  expect(made.json).toMatchObject({ url, event_types: ['invoice.*'], description: 'Books', status: 'active' })
  expect(field(made.json, 'secret')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const call = (method: string, path: string, body?: unknown) =>
    billing.call(method, `${base}${made.id}/${path}`, { organization: 'acme', body })
  const rotated = await call('POST', 'rotate-secret/', { overlap_hours: 1 })
  expect(field(rotated.json, 'secret')).toMatch(/^whsec_/)
  expect(field(rotated.json, 'secret')).not.toBe(field(made.json, 'secret'))
  const shown = [await call('GET', ''), await call('PATCH', '', { description: 'x' }), await call('GET', 'deliveries/')]
  for (const { status, text } of shown) {
    expect(status).toBe(200)
    expect(text).not.toContain('whsec_')
  }
  expect(field(shown[0]?.json, 'secrets')).toMatchObject([
    { expires_at: null },
    { expires_at: '2026-01-31T11:00:00.000Z' },
  ])
})

it('gives each organization its own, the platform all, and a stranger 404', async () => {
  const mine = await create('acme')
  const theirs = await create('rival')
  const platform = await create()
  expect(field(platform.json, 'organization_id')).toBeNull()
  expect(await ids('acme')).toContain(mine.id)
  expect(await ids('acme')).not.toContain(theirs.id)
  expect(await ids('acme')).not.toContain(platform.id)
  expect(await ids()).toEqual(expect.arrayContaining([mine.id, theirs.id, platform.id]))
  for (const id of [mine.id, platform.id])
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { status: 'disabled' }],
      ['DELETE', ''],
      ['POST', 'rotate-secret/', {}],
      ['POST', 'test/'],
      ['POST', 'recover/', { since: '2026-01-01T00:00:00Z' }],
      ['GET', 'deliveries/'],
      ['POST', 'deliveries/x/redeliver/'],
    ] as const) {
      const answer = await billing.call(method, `${base}${id}/${path}`, { organization: 'rival', body })
      expect([answer.status, field(answer.json, 'code')], `${method} ${path}`).toEqual([
        404,
        'webhook_endpoint_not_found',
      ])
    }
})

it('lets a member look and not touch', async () => {
  const { id } = await create('acme')
  const key = await new SignJWT({ org_id: 'acme', role: 'member' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('someone')
    .setExpirationTime(new Date(billing.clock.now().getTime() + 60_000))
    .sign(new TextEncoder().encode(jwtSecret))
  const as = (method: string, path: string, body?: unknown) => billing.call(method, base + path, { key, body })
  expect((await as('GET', `${id}/`)).status).toBe(200)
  expect((await as('POST', '', { url })).status).toBe(403)
  expect((await as('DELETE', `${id}/`)).status).toBe(403)
  expect((await as('POST', `${id}/rotate-secret/`, {})).status).toBe(403)
})

it('sends a test at once and says what came back', async () => {
  const { id } = await create('acme')
  const test = () => billing.call('POST', `${base}${id}/test/`, { organization: 'acme' })
  const { json } = await test()
  expect(json).toMatchObject({ delivered: true, status_code: 200, error: null, response_start: field(json, 'id') })
  await billing.call('PATCH', `${base}${id}/`, { organization: 'acme', body: { url: 'http://127.0.0.1:1/' } })
  expect((await test()).json).toMatchObject({ delivered: false, status_code: null })
})

it('lists what was sent with its attempts, sends one again and recovers', async () => {
  const { id } = await create('acme', { url, event_types: ['checkout.*', 'customer.created'] })
  const acme = { organization: 'acme' }
  const organizationId = String(field((await billing.call('GET', '/api/v1/organizations/acme/')).json, 'id'))
  await billing.createCustomer({ organizationId })
  await billing.runJobs()
  const list = async () => {
    const { json } = await billing.call('GET', `${base}${id}/deliveries/?status=delivered`, acme)
    const data = field(json, 'data')
    return Array.isArray(data) ? data : []
  }
  const [delivery] = await list()
  expect(delivery).toMatchObject({
    endpoint_id: id,
    event_type: 'customer.created',
    due_at: null,
    attempts: [{ attempt_no: 1, status_code: 200, response_start: field(delivery, 'billing_event_id') }],
  })
  const again = await billing.call('POST', `${base}${id}/deliveries/${field(delivery, 'id')}/redeliver/`, acme)
  expect([again.status, field(again.json, 'status')]).toEqual([200, 'pending'])
  await billing.runJobs()
  expect(field((await list())[0], 'attempts')).toHaveLength(2)
  const since = { since: '2026-01-01T00:00:00Z' }
  const recovered = await billing.call('POST', `${base}${id}/recover/`, { ...acme, body: since })
  expect(recovered.json).toEqual({ queued: 0 })
})

it('forgets an endpoint that is deleted', async () => {
  const { id } = await create('acme')
  const path = `${base}${id}/`
  const removed = await billing.call('DELETE', path, { organization: 'acme' })
  expect(removed.json).toEqual({ id, deleted: true })
  expect((await billing.call('GET', path, { organization: 'acme' })).status).toBe(404)
  expect((await billing.call('DELETE', path, { organization: 'acme' })).status).toBe(404)
})

it('refuses at creation and at a change what is not on the public internet', async () => {
  const { id } = await create('acme')
  for (const [address, code] of [
    ['http://example.com/', 'webhook_url_not_https'],
    ['https://10.0.0.1/', 'webhook_url_not_allowed'],
    ['https://[::ffff:127.0.0.1]/', 'webhook_url_not_allowed'],
    ['https://hooks.example.com/', 'webhook_url_not_allowed'],
    ['javascript:alert(1)', 'invalid_webhook_url'],
  ] as const) {
    const made = await strict.call('POST', base, { organization: 'acme', body: { url: address } })
    expect([made.status, field(made.json, 'code')], address).toEqual([400, code])
    const changed = await strict.call('PATCH', `${base}${id}/`, { organization: 'acme', body: { url: address } })
    expect([changed.status, field(changed.json, 'code')], address).toEqual([400, code])
  }
})

it('refuses what is no filter, and more endpoints than an organization needs', async () => {
  for (const event_types of [[], ['invoice'], ['*'], ['invoice.payed']])
    expect((await create('acme', { url, event_types })).status, String(event_types)).toBe(400)
  const statuses = []
  for (let made = 0; made <= 20; made += 1) statuses.push((await create('rival')).status)
  expect(statuses).toContain(409)
  expect(await ids('rival')).toHaveLength(20)
})
