import { invalidRequest, missingParameter } from './api-error.ts'
import { automaticTaxOf, checkCustomerUpdate, checkUrl, discountsOf, isEnabled } from './checkout-options.ts'
import { daySeconds, orderOf } from './checkout-order.ts'
import { demandCustomer } from './customers.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import { sessionLineItems } from './expand.ts'
import type { FormReader } from './form.ts'
import { amountOf } from './invoice-lines.ts'
import { listParameters, pageOf } from './lists.ts'
import type { CheckoutSession } from './objects.ts'
import type { Route } from './route.ts'

const createFields = [
  ...[
    'allow_promotion_codes',
    'allowed_payment_method_types',
    'allowed_payment_method_types.#',
    'automatic_tax.enabled',
  ],
  ...['discounts.#.coupon', 'discounts.#.promotion_code'],
  ...[
    'billing_address_collection',
    'branding_settings.**',
    'cancel_url',
    'client_reference_id',
    'consent_collection.**',
  ],
  ...[
    'currency',
    'custom_fields.**',
    'custom_text.**',
    'customer',
    'customer_email',
    'customer_update.*',
    'expires_at',
  ],
  ...['excluded_payment_method_types.#', 'integration_identifier', 'locale', 'metadata', 'metadata.*', 'mode'],
  ...['line_items.#.price', 'line_items.#.quantity', 'line_items.#.metadata.*', 'line_items.#.adjustable_quantity.*'],
  ...['origin_context', 'payment_method_collection', 'payment_method_configuration', 'payment_method_options.**'],
  ...[
    'phone_number_collection.*',
    'saved_payment_method_options.**',
    'submit_type',
    'success_url',
    'tax_id_collection.enabled',
    'tax_id_collection.required',
  ],
  ...[
    'subscription_data.metadata.*',
    'subscription_data.description',
    'subscription_data.trial_period_days',
    'ui_mode',
  ],
  ...['subscription_data.trial_end', 'subscription_data.trial_settings.end_behavior.missing_payment_method'],
  ...[
    'subscription_data.billing_mode.type',
    'subscription_data.proration_behavior',
    'subscription_data.invoice_settings.**',
  ],
]

const noTexts = { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null }

function expiryOf(context: EmulatorContext, params: FormReader): number {
  const now = context.clock.seconds()
  const given = params.integer('expires_at')
  if (given === null) return now + daySeconds
  if (given < now + 30 * 60 || given > now + daySeconds) {
    throw invalidRequest(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    )
  }
  return given
}

function checkRequest(params: FormReader): void {
  const mode = params.oneOf('mode', ['subscription'] as const)
  if (mode === null) throw missingParameter('mode')
  params.oneOf('ui_mode', ['hosted_page'] as const)
  checkUrl(params, 'success_url')
  if (params.has('cancel_url')) checkUrl(params, 'cancel_url')
  if (params.has('customer') && params.has('customer_email')) {
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.', {
      code: 'parameters_exclusive',
      param: 'customer',
    })
  }
  checkCustomerUpdate(params)
  const reference = params.text('client_reference_id') ?? ''
  if (reference.length > 200)
    throw invalidRequest('Invalid string: at most 200 characters', { param: 'client_reference_id' })
}

function createSession(context: EmulatorContext, params: FormReader): CheckoutSession {
  checkRequest(params)
  const customerId = params.text('customer')
  const customer = customerId === null ? null : demandCustomer(context, customerId, 'parameter')
  const order = orderOf(context, params, customer?.id ?? null)
  const expiresAt = expiryOf(context, params)
  const id = context.newId('cs_test')
  const prices = order.lines.map((line) => demand(context.state.prices, 'price', line.price))
  const isTrial = order.trialDays !== null || order.trialEnd !== null
  const total = isTrial
    ? 0
    : order.lines.reduce((sum, line, at) => sum + (prices[at] ? amountOf(prices[at], line.quantity ?? 0) : 0), 0)
  const email = params.text('customer_email')
  const session: CheckoutSession = {
    id,
    object: 'checkout.session',
    ...{
      adaptive_pricing: null,
      after_expiration: null,
      allow_promotion_codes: order.takesPromotionCodes || null,
      allowed_payment_method_types: null,
    },
    ...{ amount_subtotal: total, amount_total: total },
    automatic_tax: automaticTaxOf(order),
    tax_id_collection: { enabled: isEnabled(params, 'tax_id_collection'), required: 'never' },
    ...{ billing_address_collection: null, cancel_url: params.text('cancel_url') },
    ...{ client_reference_id: params.text('client_reference_id'), client_secret: null, collected_information: null },
    ...{ consent: null, consent_collection: null, created: context.clock.seconds() },
    ...{ currency: prices[0]?.currency ?? 'usd', currency_conversion: null, custom_fields: [], custom_text: noTexts },
    ...{ customer: customer?.id ?? null, customer_account: null, customer_creation: customer ? null : 'always' },
    customer_details:
      email === null && !customer ? null : detailsOf(email ?? customer?.email ?? null, customer?.name ?? null),
    ...{
      customer_email: email,
      discounts: discountsOf(order),
      expires_at: expiresAt,
      integration_identifier: null,
      invoice: null,
    },
    ...{ invoice_creation: null, livemode: false, locale: params.text('locale'), managed_payments: null },
    ...{ metadata: params.metadata(), mode: 'subscription', origin_context: null, payment_intent: null },
    ...{ payment_link: null, payment_method_collection: params.text('payment_method_collection') ?? 'always' },
    ...{ payment_method_configuration_details: null, payment_method_options: null, payment_method_types: ['card'] },
    ...{ payment_status: 'unpaid' as const, permissions: null, phone_number_collection: { enabled: false } },
    ...{ recovered_from: null, saved_payment_method_options: null, setup_intent: null },
    ...{ shipping_address_collection: null, shipping_cost: null, shipping_options: [], status: 'open' as const },
    ...{ submit_type: null, subscription: null, success_url: params.text('success_url') },
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ...{ ui_mode: 'hosted_page', url: `${context.baseUrl}/c/pay/${id}`, wallet_options: null },
  }
  context.state.sessions.set(id, session)
  context.state.orders.set(id, order)
  return session
}

/** What the hosted page learned about the customer. */
export function detailsOf(email: string | null, name: string | null): Record<string, unknown> {
  return {
    ...{ address: null, business_name: null, email, individual_name: null, name, phone: null },
    ...{ tax_exempt: 'none', tax_ids: [] },
  }
}

function expireSession(context: EmulatorContext, id: string): CheckoutSession {
  const session = demand(context.state.sessions, 'checkout.session', id)
  if (session.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    )
  }
  session.status = 'expired'
  session.url = null
  context.emit('checkout.session.expired', session)
  return session
}

function list(context: EmulatorContext, params: FormReader): CheckoutSession[] {
  const [customer, subscription, status] = [params.text('customer'), params.text('subscription'), params.text('status')]
  return [...context.state.sessions.values()].filter(
    (session) =>
      (customer === null || session.customer === customer) &&
      (subscription === null || session.subscription === subscription) &&
      (status === null || session.status === status),
  )
}

export const checkoutRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/checkout/sessions', allowed: createFields, answer: createSession },
  {
    method: 'GET',
    path: '/v1/checkout/sessions',
    allowed: [...listParameters, 'customer', 'customer_details.email', 'payment_intent', 'status', 'subscription'],
    answer: (context, params) => ({ ...pageOf(list(context, params), params, '/v1/checkout/sessions') }),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.sessions, 'checkout.session', id),
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    allowed: [],
    answer: (context, _params, { id = '' }) => expireSession(context, id),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    allowed: listParameters,
    answer: (context, _params, { id = '' }) => {
      demand(context.state.sessions, 'checkout.session', id)
      return { ...sessionLineItems(context, id) }
    },
  },
]
