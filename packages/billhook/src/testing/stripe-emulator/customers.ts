import { invalidRequest } from './api-error.ts'
import { change, demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Customer } from './objects.ts'
import { attachPaymentMethod } from './payment-methods.ts'
import type { Route } from './route.ts'
import { endSubscription } from './subscription-end.ts'

/** Known to Stripe and without effect on billing here: stored as given or passed over. */
const common = [
  ...['address', 'address.*', 'balance', 'business_name', 'description', 'email', 'individual_name', 'invoice_prefix'],
  ...['invoice_settings.default_payment_method', 'invoice_settings.custom_fields.**', 'invoice_settings.footer'],
  ...['metadata', 'metadata.*', 'name', 'next_invoice_sequence', 'phone', 'preferred_locales.#', 'shipping.**'],
  ...['tax.**', 'tax_exempt', 'payment_method'],
]

export function createCustomer(
  context: EmulatorContext,
  facts: { email: string | null; name: string | null },
): Customer {
  const { state, clock } = context
  const id = context.newId('cus')
  const customer: Customer = {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: clock.seconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: facts.email,
    invoice_prefix: `EMU${id.slice(-5)}`,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: facts.name,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  state.customers.set(id, customer)
  return customer
}

/** A customer that exists and is not deleted. */
export function demandCustomer(context: EmulatorContext, id: string, where: 'path' | 'parameter'): Customer {
  const param = where === 'path' ? 'id' : 'customer'
  const customer = demand(context.state.customers, 'customer', id, param, where)
  if (customer.deleted) return demand(new Map<string, Customer>(), 'customer', id, param, where)
  return customer
}

function applyParameters(context: EmulatorContext, customer: Customer, params: FormReader): void {
  for (const field of ['email', 'name', 'phone', 'description'] as const) {
    if (params.has(field)) customer[field] = params.text(field)
  }
  if (customer.email !== null && !customer.email.includes('@')) {
    throw invalidRequest(`Invalid email address: ${customer.email}`, { code: 'email_invalid', param: 'email' })
  }
  customer.metadata = params.metadata(customer.metadata)
  customer.balance = params.integer('balance') ?? customer.balance
  const address = params.hash('address')
  if (params.clears('address')) customer.address = null
  else if (address) customer.address = addressOf(address)
  const attached = params.text('payment_method')
  const given = params.hash('invoice_settings')?.text('default_payment_method') ?? null
  const attachedId = attached && attachPaymentMethod(context, attached, customer.id, 'payment_method')
  if (given === null) return
  customer.invoice_settings.default_payment_method =
    given === attached && attachedId
      ? attachedId
      : attachPaymentMethod(context, given, customer.id, 'invoice_settings[default_payment_method]')
}

function addressOf(address: FormReader): Record<string, string | null> {
  const fields = ['city', 'country', 'line1', 'line2', 'postal_code', 'state']
  return Object.fromEntries(fields.map((field) => [field, address.text(field)]))
}

function deleteCustomer(context: EmulatorContext, id: string): Record<string, unknown> {
  const customer = demandCustomer(context, id, 'path')
  for (const subscription of context.state.subscriptions.values()) {
    const isOver = subscription.status === 'canceled' || subscription.status === 'incomplete_expired'
    if (subscription.customer === id && !isOver) endSubscription(context, subscription, 'cancellation_requested')
  }
  customer.deleted = true
  context.emit('customer.deleted', customer)
  return { id, object: 'customer', deleted: true }
}

export const customerRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/customers',
    allowed: [...common, 'tax_id_data.**', 'test_clock'],
    answer: (context, params) => {
      const customer = createCustomer(context, { email: null, name: null })
      try {
        applyParameters(context, customer, params)
      } catch (refused) {
        context.state.customers.delete(customer.id)
        throw refused
      }
      context.emit('customer.created', customer)
      return customer
    },
  },
  {
    method: 'GET',
    path: '/v1/customers',
    allowed: [...listParameters, 'email', 'test_clock'],
    answer: ({ state }, params) => {
      const email = params.text('email')
      const found = [...state.customers.values()].filter(
        (customer) => !customer.deleted && (email === null || customer.email === email),
      )
      return { ...pageOf(found, params, '/v1/customers') }
    },
  },
  {
    method: 'GET',
    path: '/v1/customers/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => {
      const customer = demand(state.customers, 'customer', id)
      return customer.deleted ? { id, object: 'customer', deleted: true } : customer
    },
  },
  {
    method: 'POST',
    path: '/v1/customers/:id',
    allowed: common.filter((name) => name !== 'payment_method'),
    answer: (context, params, { id = '' }) => {
      const customer = demandCustomer(context, id, 'path')
      change(context, customer, 'customer.updated', () => applyParameters(context, customer, params))
      return customer
    },
  },
  {
    method: 'DELETE',
    path: '/v1/customers/:id',
    allowed: [],
    answer: (context, _params, { id = '' }) => deleteCustomer(context, id),
  },
]
