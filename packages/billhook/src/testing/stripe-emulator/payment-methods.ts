import { invalidRequest } from './api-error.ts'
import { findTestCard, type TestCard } from './cards.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import { listParameters, pageOf } from './lists.ts'
import type { PaymentMethod, Subscription } from './objects.ts'
import type { Route } from './route.ts'

/** Saves a test card, as the hosted pages do, and answers the payment method. */
export function saveCard(context: EmulatorContext, card: TestCard, customer: string | null): PaymentMethod {
  const { state, clock } = context
  const paymentMethod: PaymentMethod = {
    id: context.newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      country: 'US',
      exp_month: 12,
      exp_year: clock.now().getUTCFullYear() + 3,
      fingerprint: `fp${card.number.slice(-4)}`,
      funding: 'credit',
      last4: card.number.slice(-4),
    },
    created: clock.seconds(),
    customer,
    livemode: false,
    metadata: {},
    type: 'card',
  }
  state.paymentMethods.set(paymentMethod.id, paymentMethod)
  state.cards.set(paymentMethod.id, card)
  return paymentMethod
}

/** Takes an id of ours or one of Stripe's shorthands such as `pm_card_visa`, and ties it to the customer. */
export function attachPaymentMethod(context: EmulatorContext, given: string, customer: string, param: string): string {
  const shorthand = findTestCard(given)
  if (shorthand) return saveCard(context, shorthand, customer).id
  const held = demand(context.state.paymentMethods, 'PaymentMethod', given, param, 'parameter')
  if (held.customer !== null && held.customer !== customer) {
    throw invalidRequest('The payment method must belong to the customer.', { param })
  }
  held.customer = customer
  return held.id
}

/** The subscription's own payment method, else its customer's. */
export function paymentMethodOf(context: EmulatorContext, subscription: Subscription): string | null {
  const customer = context.state.customers.get(subscription.customer)
  return subscription.default_payment_method ?? customer?.invoice_settings.default_payment_method ?? null
}

export const paymentMethodRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/payment_methods/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.paymentMethods, 'PaymentMethod', id),
  },
  {
    method: 'GET',
    path: '/v1/customers/:id/payment_methods',
    allowed: [...listParameters, 'type', 'allow_redisplay'],
    answer: ({ state }, params, { id = '' }) => {
      demand(state.customers, 'customer', id)
      const own = [...state.paymentMethods.values()].filter((paymentMethod) => paymentMethod.customer === id)
      return { ...pageOf(own, params, `/v1/customers/${id}/payment_methods`) }
    },
  },
]
