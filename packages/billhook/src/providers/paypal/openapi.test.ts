import { globSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  bodyOf,
  type Description,
  findOperation,
  findProblems,
  type Problem,
  queryOf,
  readDescription,
} from '../../testing/openapi/index.ts'
import type { LoggedRequest } from '../../testing/paypal-emulator/index.ts'
import { takeTour } from './testing/tour.ts'

/** `PAYPAL_SPECS`: a folder of PayPal's OpenAPI descriptions (github.com/paypal/paypal-rest-api-specifications, `openapi`). */
const folder = process.env.PAYPAL_SPECS

const under = (owner: string, names: string[]) => names.map((name) => `${owner}.${name}`)
const money = ['currency_code', 'value']
const page = ['page', 'page_size']

/** All that the adapter sends, query and body, written by hand from PayPal's API reference. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  'GET /v1/catalogs/products/:id': [],
  'POST /v1/catalogs/products': ['id', 'name', 'type'],
  'GET /v1/billing/plans': ['product_id', ...page],
  'GET /v1/billing/plans/:id': [],
  'POST /v1/billing/plans': [
    ...['description', 'name', 'product_id', 'quantity_supported', 'status', 'taxes.inclusive', 'taxes.percentage'],
    ...under('payment_preferences', ['auto_bill_outstanding', 'payment_failure_threshold']),
    ...under('billing_cycles.#', ['frequency.interval_count', 'frequency.interval_unit', 'sequence', 'tenure_type']),
    ...under('billing_cycles.#', ['total_cycles', ...under('pricing_scheme.fixed_price', money)]),
  ],
  'GET /v1/billing/subscriptions': ['created_after', 'plan_ids', ...page],
  'POST /v1/billing/subscriptions': [
    ...['custom_id', 'plan_id', 'quantity', 'start_time'],
    ...under('application_context', ['brand_name', 'cancel_url', 'payment_method.payee_preferred', 'return_url']),
    ...under('application_context', ['shipping_preference', 'user_action']),
  ],
  'GET /v1/billing/subscriptions/:id': ['fields'],
  'POST /v1/billing/subscriptions/:id/revise': [
    ...['plan_id', 'quantity'],
    ...under('application_context', ['cancel_url', 'return_url']),
  ],
  'POST /v1/billing/subscriptions/:id/suspend': ['reason'],
  'POST /v1/billing/subscriptions/:id/activate': ['reason'],
  'POST /v1/billing/subscriptions/:id/cancel': ['reason'],
  'POST /v1/billing/subscriptions/:id/capture': [...under('amount', money), 'capture_type', 'note'],
  'GET /v1/billing/subscriptions/:id/transactions': ['end_time', 'start_time'],
  'GET /v1/payments/sale/:id': [],
  'POST /v1/payments/sale/:id/refund': ['amount.currency', 'amount.total', 'invoice_number', 'reason'],
  'GET /v1/payments/refund/:id': [],
  'GET /v1/notifications/webhooks-events': ['event_type', 'page_size', 'start_time'],
}
/** Its body holds an event, of whatever shape that is. */
const onlineCheck = 'POST /v1/notifications/verify-webhook-signature'

/** Not in a description of February 2024; the SDK 2.5.0 has it. */
const newerRoutes = ['GET /v1/billing/subscriptions']

let calls: readonly LoggedRequest[]
beforeAll(async () => {
  calls = (await takeTour()).filter(({ path }) => path !== '/v1/oauth2/token')
})

const collections =
  /^(\/v1\/(?:catalogs\/products|billing\/plans|billing\/subscriptions|payments\/sale|payments\/refund))\/[^/]+/
const routeOf = ({ method, path }: LoggedRequest): string => `${method} ${path.replace(collections, '$1/:id')}`

function namesIn(value: unknown, owner: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return [owner.join('.')]
  return Object.entries(value).flatMap(([key, inner]) => namesIn(inner, [...owner, /^\d+$/.test(key) ? '#' : key]))
}

const sentIn = ({ query, body }: LoggedRequest): string[] => [
  ...new URLSearchParams(query).keys(),
  ...(typeof body === 'object' && body !== null ? namesIn(body) : []),
]

describe('what the adapter sends', () => {
  it('is what is listed here, parameter by parameter, and all of that', () => {
    const sent: Record<string, string[]> = {}
    for (const call of calls.filter((one) => routeOf(one) !== onlineCheck)) {
      const route = routeOf(call)
      sent[route] = [...new Set([...(sent[route] ?? []), ...sentIn(call)])].sort()
    }
    const listed = Object.entries(parameters).map(([route, names]) => [route, [...names].sort()])
    expect(sent).toEqual(Object.fromEntries(listed))
    expect(calls.some((call) => routeOf(call) === onlineCheck)).toBe(true)
  })

  it('has a request id exactly where PayPal takes one', () => {
    const withId = new Set(calls.filter(({ requestId }) => requestId !== null).map(routeOf))
    expect([...withId].sort()).toEqual([
      'POST /v1/billing/plans',
      'POST /v1/billing/subscriptions',
      'POST /v1/billing/subscriptions/:id/capture',
      'POST /v1/catalogs/products',
      'POST /v1/payments/sale/:id/refund',
    ])
    for (const { requestId } of calls) expect(requestId ?? '').toMatch(/^[0-9a-f]{0,36}$/)
  })

  it('is refused nowhere but where it looks for what is not there yet', () => {
    const refused = calls.filter(({ status }) => (status ?? 500) >= 400).map(routeOf)
    expect(new Set(refused)).toEqual(new Set(['GET /v1/catalogs/products/:id']))
  })
})

/** Asked for with `PAYPAL_SPECS`; without it the table above is what requests are held against. */
if (folder !== undefined) describeAgainst(folder)

function describeAgainst(specs: string): void {
  describe("PayPal's own descriptions", () => {
    it('know every request of the adapter', () => {
      const descriptions = globSync('*_v[123].json', { cwd: specs }).map((file) => readDescription(join(specs, file)))
      expect(descriptions.length).toBeGreaterThan(4)
      const problems: Array<Problem | string> = []
      for (const call of calls.filter((one) => !newerRoutes.includes(routeOf(one)))) {
        const found = findIn(descriptions, call)
        if (found) problems.push(...problemsOf(call, found))
        else problems.push(routeOf(call))
      }
      expect(problems).toEqual([])
    })
  })
}

type Found = NonNullable<ReturnType<typeof findIn>>

function findIn(descriptions: readonly Description[], { method, path }: LoggedRequest) {
  for (const description of descriptions) {
    const operation = findOperation(description, method, path)
    if (operation) return { description, operation }
  }
  return null
}

function problemsOf(call: LoggedRequest, { description, operation }: Found): Problem[] {
  const place = { description, owner: '', path: routeOf(call), tellsUnknown: true, known: new Set<string>() }
  const query = Object.fromEntries(new URLSearchParams(call.query))
  const body = bodyOf(operation)
  return [
    ...findProblems(queryOf(operation), query, { ...place, isForm: true }),
    ...(body && call.body !== undefined ? findProblems(body, call.body, { ...place, isForm: false }) : []),
  ]
}
