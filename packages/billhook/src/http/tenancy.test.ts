import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createTestBilling, type TestBilling } from '../testing/create-test-billing.ts'

const urls = { success_url: 'https://host.test/done', cancel_url: 'https://host.test/plans' }
const plan = {
  key: 'pro',
  name: 'Pro',
  features: { sso: true },
  limits: { seats: 5 },
  prices: [{ key: 'pro-monthly', currency: 'USD', amount: 2900, interval: 'month' }],
}

let billing: TestBilling
/** Of organization acme: what a stranger may know nothing of. */
const ids = { session: '', subscription: '', invoice: '', payment: '' }

const field = (value: unknown, key: string): string => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  if (typeof found !== 'string') throw new Error(`no ${key} in ${JSON.stringify(value)}`)
  return found
}
const dataOf = (value: unknown): unknown[] => {
  const data: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'data') : undefined
  if (!Array.isArray(data)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return data
}

beforeAll(async () => {
  billing = await createTestBilling()
  for (const external_id of ['acme', 'rival']) {
    const fields = { name: external_id, email: 'a@a.test', country: 'US', currency: 'USD', timezone: 'UTC' }
    await billing.call('POST', '/api/v1/organizations/', { body: { external_id, ...fields } })
  }
  await billing.call('POST', '/api/v1/plans/', { body: plan })
  await billing.call('POST', '/api/v1/plans/pro/publish/', { body: { provider: 'sandbox' } })
  const body = { price_id: 'pro-monthly', ...urls }
  const made = await billing.call('POST', '/api/v1/subscriptions/create-checkout-session/', {
    organization: 'acme',
    body,
  })
  ids.session = field(made.json, 'id')
  const form = new URLSearchParams({ card: '4242424242424242' })
  const paid = await billing.handler(new Request(field(made.json, 'url'), { method: 'POST', body: form }))
  expect(paid.status).toBe(303)
  // The sandbox sends its webhooks after it has answered the buyer.
  await vi.waitFor(async () => {
    await billing.runJobs()
    const current = await billing.call('GET', '/api/v1/subscriptions/current/', { organization: 'acme' })
    ids.subscription = field(current.json, 'id')
    const invoices = await billing.call('GET', '/api/v1/invoices/', { organization: 'acme' })
    expect(dataOf(invoices.json)).toMatchObject([{ status: 'paid' }])
    ids.invoice = field(dataOf(invoices.json)[0], 'id')
    const payments = await billing.call('GET', '/api/v1/payments/', { organization: 'acme' })
    ids.payment = field(dataOf(payments.json)[0], 'id')
  }, 60_000)
})
afterAll(() => billing.close())

it('shows an organization its own things', async () => {
  for (const path of [
    `/checkout-sessions/${ids.session}/`,
    `/subscriptions/${ids.subscription}/`,
    `/invoices/${ids.invoice}/`,
    `/payments/${ids.payment}/`,
  ]) {
    expect((await billing.call('GET', `/api/v1${path}`, { organization: 'acme' })).status, path).toBe(200)
  }
  const events = await billing.call('GET', '/api/v1/events/?limit=100', { organization: 'acme' })
  expect(dataOf(events.json).map((event) => field(event, 'type'))).toEqual(
    expect.arrayContaining(['subscription.activated', 'invoice.paid']),
  )
})

it('answers 404 to another organization for each of them, whatever it wants to do', async () => {
  const actions = ['cancel', 'reactivate', 'pause', 'resume'].map((action) => ({ action }))
  const asked: Array<[string, string, unknown?]> = [
    ['GET', `/checkout-sessions/${ids.session}/`],
    ['GET', `/subscriptions/${ids.subscription}/`],
    ['GET', `/invoices/${ids.invoice}/`],
    ['GET', '/subscriptions/current/'],
    ['GET', `/payments/${ids.payment}/`],
    ['POST', `/payments/${ids.payment}/refund/`, { reason: 'duplicate' }],
    ['POST', `/invoices/${ids.invoice}/pay/`],
    ['POST', `/subscriptions/${ids.subscription}/preview-change/`, { quantity: 2 }],
    ['POST', `/subscriptions/${ids.subscription}/update-payment-method/`, { return_url: urls.success_url }],
    ['POST', `/subscriptions/${ids.subscription}/provider-portal/`, { return_url: urls.success_url }],
    ...actions.map((body): [string, string, unknown] => [
      'POST',
      `/subscriptions/${ids.subscription}/manage-subscription/`,
      body,
    ]),
    [
      'POST',
      `/subscriptions/${ids.subscription}/manage-subscription/`,
      { action: 'change_plan', price_id: 'pro-monthly' },
    ],
    ['POST', `/subscriptions/${ids.subscription}/manage-subscription/`, { action: 'change_quantity', quantity: 2 }],
  ]
  for (const [method, path, body] of asked) {
    const answer = await billing.call(method, `/api/v1${path}`, { organization: 'rival', body })
    expect(answer.status, `${method} ${path} ${JSON.stringify(body)}`).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  }
})

it('leaves another organization’s lists empty', async () => {
  for (const path of ['/subscriptions/', '/invoices/', '/payments/', '/events/']) {
    const list = await billing.call('GET', `/api/v1${path}`, { organization: 'rival' })
    expect(dataOf(list.json), path).toEqual([])
  }
})

it('shows events in the API’s spelling, and all of them to the platform', async () => {
  const events = await billing.call('GET', '/api/v1/events/?type=invoice.paid')
  const [event] = dataOf(events.json)
  expect(event).toMatchObject({
    type: 'invoice.paid',
    data: { amount_paid: 2900, currency: 'USD', number_source: 'provider' },
  })
})

it('refuses what the provider cannot do, and says what a field misses', async () => {
  const manage = (body: unknown) =>
    billing.call('POST', `/api/v1/subscriptions/${ids.subscription}/manage-subscription/`, {
      organization: 'acme',
      body,
    })
  const sandbox = billing.providers.getProvider('sandbox')
  const { capabilities } = sandbox
  Object.assign(sandbox, { capabilities: { ...capabilities, pause: ['collection'] } })
  const pause = await manage({ action: 'pause', pause_kind: 'service' })
  Object.assign(sandbox, { capabilities })
  expect(pause).toMatchObject({ status: 422, json: { code: 'unsupported' } })
  expect(await manage({ action: 'change_plan' })).toMatchObject({
    status: 400,
    json: { errors: [{ path: 'price_id' }] },
  })
  expect(await manage({ action: 'explode' })).toMatchObject({ status: 400, json: { code: 'invalid_request' } })
})

it('lets nobody but the platform move the sandbox’s clock', async () => {
  const advance = (key: string | null) => billing.call('POST', '/sandbox/clock/advance', { key, body: { by: 'P1D' } })
  expect((await advance(null)).status).toBe(401)
  expect((await advance('bh_wrong')).status).toBe(401)
})

it('says which PDF there is not, and shows a stranger not even that', async () => {
  const path = `/api/v1/invoices/${ids.invoice}/pdf/`
  expect(await billing.call('GET', path, { organization: 'acme' })).toMatchObject({
    status: 404,
    json: { code: 'invoice_pdf_not_available' },
  })
  expect(await billing.call('GET', path, { organization: 'rival' })).toMatchObject({
    status: 404,
    json: { code: 'invoice_not_found' },
  })
})

it('tells a caller of the library who gives the wrong kind of id, and asks the database nothing', async () => {
  await expect(billing.listInvoices({ organizationId: 'acme' })).rejects.toMatchObject({
    code: 'organization_not_found',
    status: 404,
  })
})
