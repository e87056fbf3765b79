import { invalidRequest, missingParameter, noSuch, StripeApiError } from './api-error.ts'
import { cardDeclined, outcomeOf } from './collect-invoice.ts'
import { createSubscription, demandRecurringPrice, type ItemFacts } from './create-subscription.ts'
import { demandCustomer } from './customers.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import { FormReader } from './form.ts'
import { createInvoice } from './invoice-lifecycle.ts'
import { prorationLine } from './invoice-lines.ts'
import { listParameters, pageInOrder, pageOf } from './lists.ts'
import type { Subscription } from './objects.ts'
import { pauseSubscription, resumeSubscription } from './pause-subscription.ts'
import { attachPaymentMethod } from './payment-methods.ts'
import { finalizeAndCollect } from './renew-subscription.ts'
import type { Route } from './route.ts'
import { readDetails } from './scheduled-end.ts'
import { endSubscription } from './subscription-end.ts'
import { trialEndOf } from './subscription-trial.ts'
import { updateSubscription } from './update-subscription.ts'

const itemFields = ['items.#.price', 'items.#.quantity', 'items.#.metadata.*']
const commonFields = [
  ...['automatic_tax.**', 'cancel_at', 'cancel_at_period_end', 'collection_method', 'days_until_due', 'description'],
  ...['default_payment_method', 'invoice_settings.**', 'metadata', 'metadata.*', 'off_session', 'payment_behavior'],
  ...['payment_settings.**', 'proration_behavior', 'trial_end', 'trial_settings.end_behavior.missing_payment_method'],
]
const updateFields = [
  ...commonFields,
  ...itemFields,
  ...['items.#.id', 'items.#.deleted', 'items.#.metadata', 'billing_cycle_anchor.type', 'cancellation_details.comment'],
  ...['cancellation_details.feedback', 'pause_collection', 'pause_collection.behavior', 'pause_collection.resumes_at'],
  'proration_date',
]

function itemsOf(context: EmulatorContext, params: FormReader, customer: string): ItemFacts[] {
  const items = params.hashes('items').map((entry) => ({
    price: demandRecurringPrice(context, entry.required('price'), entry.label('price'), customer),
    quantity: entry.integer('quantity') ?? undefined,
    metadata: entry.metadata(),
  }))
  if (items.length === 0) throw missingParameter('items')
  return items
}

function create(context: EmulatorContext, params: FormReader): Subscription {
  const customer = demandCustomer(context, params.required('customer'), 'parameter')
  const items = itemsOf(context, params, customer.id)
  const trialEnd = trialEndOf(context, params.integer('trial_period_days'), params.integer('trial_end'))
  const given = params.text('default_payment_method')
  const own = given && attachPaymentMethod(context, given, customer.id, 'default_payment_method')
  const method = own ?? customer.invoice_settings.default_payment_method
  const behavior = params.text('payment_behavior') ?? 'allow_incomplete'
  if (method === null && trialEnd === null && behavior !== 'default_incomplete') {
    throw invalidRequest(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      { code: 'resource_missing' },
    )
  }
  const wouldPay = trialEnd !== null || outcomeOf(context, method, 'subscription_create') === 'paid'
  if (behavior === 'error_if_incomplete' && !wouldPay) {
    const { message, ...facts } = cardDeclined
    throw new StripeApiError(402, 'card_error', message, facts)
  }
  const { subscription } = createSubscription(context, {
    customer: customer.id,
    items,
    metadata: params.metadata(),
    description: params.text('description'),
    trialEnd,
    defaultPaymentMethod: own,
    missingPaymentMethod:
      params.hash('trial_settings')?.hash('end_behavior')?.text('missing_payment_method') ?? 'create_invoice',
    collectsNow: behavior !== 'default_incomplete',
  })
  const isEndGiven = params.has('cancel_at') || params.has('cancel_at_period_end')
  return isEndGiven ? updateSubscription(context, subscription, endFieldsOf(params)) : subscription
}

function endFieldsOf(params: FormReader): FormReader {
  const fields = ['cancel_at', 'cancel_at_period_end'].filter((field) => params.has(field))
  return new FormReader(Object.fromEntries(fields.map((field) => [field, params.form[field] ?? ''])))
}

function list(context: EmulatorContext, params: FormReader): Subscription[] {
  const status = params.text('status')
  const [customer, price] = [params.text('customer'), params.text('price')]
  const isOver = (subscription: Subscription) =>
    subscription.status === 'canceled' || subscription.status === 'incomplete_expired'
  return [...context.state.subscriptions.values()].filter(
    (subscription) =>
      (customer === null || subscription.customer === customer) &&
      (price === null || subscription.items.data.some((item) => item.price.id === price)) &&
      (status === 'all' ||
        (status === null && subscription.status !== 'canceled') ||
        (status === 'ended' && isOver(subscription)) ||
        subscription.status === status),
  )
}

/** `DELETE`: ends it at once. What has ended already is gone, a 404. */
function cancel(context: EmulatorContext, params: FormReader, id: string): Subscription {
  const subscription = demand(context.state.subscriptions, 'subscription', id)
  if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired') {
    throw noSuch('subscription', id, 'id', 'path')
  }
  const now = context.clock.seconds()
  readDetails(subscription, params)
  const waiting = context.state.pendingLines.get(id) ?? []
  const isUsed = subscription.status !== 'trialing' && subscription.status !== 'incomplete'
  const credits =
    params.boolean('prorate') === true && isUsed
      ? subscription.items.data.map((item) => prorationLine(context, subscription, item, 'unused', now))
      : []
  const lines = [...waiting, ...credits]
  if (params.boolean('invoice_now') === true && lines.length > 0) {
    const invoice = createInvoice(context, subscription, {
      reason: 'subscription_update',
      lines,
      period: { start: now, end: now },
    })
    subscription.latest_invoice = invoice.id
    finalizeAndCollect(context, subscription, invoice)
  }
  endSubscription(context, subscription, 'cancellation_requested')
  return subscription
}

export const subscriptionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/subscription_items',
    allowed: [...listParameters, 'subscription'],
    answer: ({ state }, params) => {
      const id = params.required('subscription')
      const subscription = demand(state.subscriptions, 'subscription', id, 'subscription', 'parameter')
      return { ...pageInOrder(subscription.items.data, params, `/v1/subscription_items?subscription=${id}`) }
    },
  },
  {
    method: 'POST',
    path: '/v1/subscriptions',
    allowed: [...commonFields, ...itemFields, 'customer', 'currency', 'trial_period_days', 'billing_mode.type'],
    answer: create,
  },
  {
    method: 'GET',
    path: '/v1/subscriptions',
    allowed: [...listParameters, 'customer', 'price', 'status', 'collection_method', 'test_clock'],
    answer: (context, params) => ({ ...pageOf(list(context, params), params, '/v1/subscriptions') }),
  },
  {
    method: 'GET',
    path: '/v1/subscriptions/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.subscriptions, 'subscription', id),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id',
    allowed: updateFields,
    answer: (context, params, { id = '' }) =>
      updateSubscription(context, demand(context.state.subscriptions, 'subscription', id), params),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/pause',
    allowed: [
      ...['type', 'invoicing_behavior', 'bill_for.outstanding_usage_through.type', 'bill_for.unused_time_from.type'],
    ],
    answer: (context, params, { id = '' }) =>
      pauseSubscription(context, demand(context.state.subscriptions, 'subscription', id), params),
  },
  {
    method: 'POST',
    path: '/v1/subscriptions/:id/resume',
    allowed: ['billing_cycle_anchor.type', 'payment_behavior', 'proration_behavior', 'proration_date'],
    answer: (context, params, { id = '' }) =>
      resumeSubscription(context, demand(context.state.subscriptions, 'subscription', id), params),
  },
  {
    method: 'DELETE',
    path: '/v1/subscriptions/:id',
    allowed: ['cancellation_details.comment', 'cancellation_details.feedback', 'invoice_now', 'prorate'],
    answer: (context, params, { id = '' }) => cancel(context, params, id),
  },
]
