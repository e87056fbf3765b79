import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answerOf,
  findOperation,
  findProblems,
  type Problem,
  parametersOf,
  readDescription,
} from '../../testing/openapi/index.ts'
import { type StripeEmulator, startStripeEmulator } from '../../testing/stripe-emulator/index.ts'
import { normalizeCheckoutSession } from './normalize-checkout.ts'
import { normalizeCustomer } from './normalize-customer.ts'
import { normalizeDispute } from './normalize-dispute.ts'
import { readInvoice } from './normalize-invoice.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { normalizeSubscription, readSubscription } from './normalize-subscription.ts'
import { type Call, takeTour } from './testing/tour.ts'

/** `STRIPE_SPEC`: the path of Stripe's OpenAPI description (github.com/stripe/openapi, `spec3.json`). */
const file = process.env.STRIPE_SPEC

const own = ['metadata.billhook_operation_id', 'metadata.billhook_organization_id']
const session = 'metadata.billhook_checkout_session_id'
const under = (owner: string, names: string[]) => names.map((name) => `${owner}.${name}`)
const items = under('items.#', ['deleted', 'id', 'price', 'quantity'])

/** All that the adapter sends, written by hand from Stripe's API reference (2026-10-28.endive). */
const parameters: Readonly<Record<string, readonly string[]>> = {
  'POST /v1/customers': ['address.country', 'email', 'name', ...own],
  'GET /v1/customers': ['email', 'limit'],
  'GET /v1/customers/:id': [],
  'GET /v1/prices': ['active', 'limit', 'lookup_keys.#'],
  'POST /v1/prices': [
    ...['currency', 'lookup_key', 'metadata.billhook_operation_id', 'nickname', 'product', 'recurring.interval'],
    ...['recurring.interval_count', 'recurring.meter', 'recurring.usage_type', 'transfer_lookup_key', 'unit_amount'],
    'unit_amount_decimal',
  ],
  'GET /v1/products/:id': [],
  'POST /v1/products': ['description', 'id', 'metadata.billhook_operation_id', 'name'],
  'GET /v1/coupons/:id': [],
  'POST /v1/coupons': [
    ...['amount_off', 'currency', 'duration', 'duration_in_months', 'id', 'max_redemptions', 'name', 'percent_off'],
    ...['metadata.billhook_operation_id', 'redeem_by'],
  ],
  'GET /v1/promotion_codes': ['active', 'code', 'coupon', 'limit'],
  'POST /v1/promotion_codes': ['code', 'metadata.billhook_operation_id', 'promotion.coupon', 'promotion.type'],
  'POST /v1/checkout/sessions': [
    ...['allow_promotion_codes', 'automatic_tax.enabled', 'cancel_url', 'client_reference_id', 'customer', 'mode'],
    ...['customer_update.address', 'customer_update.name', 'discounts.#.coupon', 'line_items.#.price'],
    ...['line_items.#.quantity', 'subscription_data.trial_period_days', 'success_url', 'tax_id_collection.enabled'],
    ...[session, ...own, ...under('subscription_data', [session, ...own])],
  ],
  'GET /v1/checkout/sessions': ['customer', 'limit'],
  'GET /v1/checkout/sessions/:id': ['expand.#'],
  'POST /v1/checkout/sessions/:id/expire': ['expand.#'],
  'POST /v1/billing_portal/sessions': [
    ...['customer', 'flow_data.after_completion.redirect.return_url', 'flow_data.after_completion.type'],
    ...['flow_data.type', 'return_url'],
  ],
  'GET /v1/billing/meters': ['limit', 'status'],
  'POST /v1/billing/meters': [
    ...['customer_mapping.event_payload_key', 'customer_mapping.type', 'default_aggregation.formula'],
    ...['display_name', 'event_name', 'value_settings.event_payload_key'],
  ],
  'POST /v1/billing/meter_events': [
    ...['event_name', 'identifier', 'payload.stripe_customer_id', 'payload.value', 'timestamp'],
  ],
  'GET /v1/subscriptions': ['customer', 'limit', 'status'],
  'GET /v1/subscriptions/:id': ['expand.#'],
  'POST /v1/subscriptions/:id': [
    ...['cancel_at_period_end', 'expand.#', ...items, 'pause_collection', 'pause_collection.behavior'],
    ...['pause_collection.resumes_at', 'payment_behavior', 'proration_behavior', 'proration_date'],
  ],
  'DELETE /v1/subscriptions/:id': [],
  'POST /v1/subscriptions/:id/pause': ['invoicing_behavior', 'type'],
  'POST /v1/subscriptions/:id/resume': ['billing_cycle_anchor.type', 'expand.#', 'payment_behavior'],
  'GET /v1/invoices': ['customer', 'expand.#', 'limit', 'subscription'],
  'GET /v1/invoices/:id': ['expand.#'],
  'POST /v1/invoices/:id/pay': ['expand.#'],
  'POST /v1/invoices/create_preview': [
    ...['preview_mode', 'subscription'],
    ...under('subscription_details', [...items, 'proration_behavior', 'proration_date']),
  ],
  'POST /v1/refunds': ['amount', 'charge', 'payment_intent', 'reason', ...own],
  'GET /v1/refunds': ['charge', 'limit', 'payment_intent'],
  'GET /v1/refunds/:id': [],
  'GET /v1/charges/:id': [],
}

/** Newer than a description of 2023: routes, and parameters that were another thing then. */
const newerRoutes = [
  'GET /v1/billing/meters',
  'POST /v1/billing/meters',
  'POST /v1/billing/meter_events',
  'POST /v1/subscriptions/:id/pause',
  'POST /v1/invoices/create_preview',
]
const newerParameters: Readonly<Record<string, readonly string[]>> = {
  // 2025-09-30.clover: the coupon went into `promotion`.
  'POST /v1/promotion_codes': ['missing .coupon', 'unknown .promotion'],
  // 2026-09-30.endive: the anchor became an object, and a resumption can wait for its money.
  'POST /v1/subscriptions/:id/resume': ['unknown .payment_behavior', 'value .billing_cycle_anchor'],
}
/** Gone from the answers since: 2025-03-31.basil, but for the coupon (clover) and the features of a product (2024-04-10). */
const goneFromAnswers = [
  ...['invoice.paid', 'invoice.paid_out_of_band', 'invoice.total_tax_amounts', 'line_item.proration', 'line_item.type'],
  ...[
    'product.features',
    'promotion_code.coupon',
    'subscription.current_period_end',
    'subscription.current_period_start',
  ],
].map((field) => `missing ${field}`)

let calls: Call[]
beforeAll(async () => {
  calls = await takeTour()
})

/** `GET /v1/refunds/:id`: the route of the table that a request took. */
function routeOf({ method, path }: Call): string {
  const exact = `${method} ${path}`
  return exact in parameters ? exact : exact.replace(/(\/v1\/(?:checkout\/)?[a-z_]+)\/[^/]+/, '$1/:id')
}

function namesIn(params: object, owner: string[] = []): string[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const here = [...owner, /^\d+$/.test(key) ? '#' : key]
    return typeof value === 'string' ? [here.join('.')] : namesIn(value, here)
  })
}

describe('what the adapter sends', () => {
  it('is what is listed here, parameter by parameter, and all of that', () => {
    const sent: Record<string, string[]> = {}
    for (const call of calls) {
      const route = routeOf(call)
      sent[route] = [...new Set([...(sent[route] ?? []), ...namesIn(call.params)])].sort()
    }
    const listed = Object.entries(parameters).map(([route, names]) => [route, [...names].sort()])
    expect(sent).toEqual(Object.fromEntries(listed))
    // Looking for what is not there yet is the only thing that Stripe answers with an error.
    expect(new Set(calls.filter(({ status }) => status !== 200).map(routeOf))).toEqual(
      new Set(['GET /v1/products/:id', 'GET /v1/coupons/:id']),
    )
  })
})

describe('the emulator', () => {
  let emulator: StripeEmulator
  beforeAll(async () => {
    emulator = await startStripeEmulator()
  })
  afterAll(() => emulator.stop())

  it.each(Object.keys(parameters))('refuses a parameter that Stripe does not know: %s', async (route) => {
    const [method = '', path = ''] = route.replace(':id', 'some_id').split(' ')
    const isPost = method === 'POST'
    const response = await fetch(`${emulator.baseUrl}${path}${isPost ? '' : '?surprise=1'}`, {
      method,
      headers: { authorization: `Bearer ${emulator.apiKey}`, 'content-type': 'application/x-www-form-urlencoded' },
      ...(isPost && { body: 'surprise=1' }),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown', param: 'surprise' } })
  })
})

/** Asked for with `STRIPE_SPEC`; without it the table above is what requests are held against. */
if (file !== undefined) describeAgainst(file)

function describeAgainst(specFile: string): void {
  describe("Stripe's own description", () => {
    const description = readDescription(specFile)
    const old = () => calls.filter((call) => !newerRoutes.includes(routeOf(call)))
    const place = { description, owner: '', path: '' }

    it('knows every request of the adapter', () => {
      const problems: Array<Problem | string> = []
      for (const call of old()) {
        const operation = findOperation(description, call.method, call.path)
        const known = new Set(newerParameters[routeOf(call)] ?? [])
        if (!operation) problems.push(routeOf(call))
        else
          problems.push(
            ...findProblems(parametersOf(operation), call.params, {
              ...place,
              isForm: true,
              tellsUnknown: true,
              known,
            }),
          )
      }
      expect(problems).toEqual([])
    })

    it('fits every answer of the emulator', () => {
      const known = new Set(goneFromAnswers)
      const problems: Array<Problem | string> = []
      let checked = 0
      for (const call of old().filter(({ status }) => status === 200)) {
        const operation = findOperation(description, call.method, call.path)
        const schema = operation && answerOf(description, operation)
        if (!schema) problems.push(routeOf(call))
        else
          problems.push(...findProblems(schema, call.answer, { ...place, isForm: false, tellsUnknown: false, known }))
        checked += 1
      }
      expect(problems).toEqual([])
      expect(checked).toBeGreaterThan(50)
    })
  })
}

/** Asked for with `STRIPE_FIXTURES`: the path of Stripe's sample objects (github.com/stripe/openapi, `fixtures3.json`). */
const samplesFile = process.env.STRIPE_FIXTURES
if (samplesFile !== undefined) describeSamples(samplesFile)

function describeSamples(path: string): void {
  const readers: Record<string, (value: unknown) => unknown> = {
    'checkout.session': normalizeCheckoutSession,
    customer: normalizeCustomer,
    dispute: normalizeDispute,
    // The sample's sums are made up and do not add up, which is refused; its shape is what is read here.
    invoice: readInvoice,
    refund: normalizeRefund,
    subscription: (value) => normalizeSubscription(readSubscription(value)),
  }
  describe("Stripe's own sample objects", () => {
    const { resources } = JSON.parse(readFileSync(path, 'utf8')) as { resources: Record<string, unknown> }
    it.for(Object.entries(readers))('holds a %s that can be read', ([name, read]) => {
      expect(read(resources[name])).toBeTypeOf('object')
    })
  })
}
