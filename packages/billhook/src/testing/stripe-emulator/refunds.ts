import { invalidRequest, missingParameter } from './api-error.ts'
import { change, demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Charge, Refund } from './objects.ts'
import type { Route } from './route.ts'

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

function chargeOf(context: EmulatorContext, params: FormReader): Charge {
  const { charges, paymentIntents } = context.state
  const chargeId = params.text('charge')
  if (chargeId !== null) return demand(charges, 'charge', chargeId, 'charge', 'parameter')
  const intentId = params.text('payment_intent')
  if (intentId === null) throw missingParameter('payment_intent')
  const intent = demand(paymentIntents, 'payment_intent', intentId, 'payment_intent', 'parameter')
  const charge = charges.get(intent.latest_charge ?? '')
  if (charge) return charge
  throw invalidRequest(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  })
}

/** Whole or in part, never above what is left of the charge. */
function createRefund(context: EmulatorContext, params: FormReader): Refund {
  const charge = chargeOf(context, params)
  const left = charge.amount - charge.amount_refunded
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  }
  if (charge.disputed === true)
    throw invalidRequest(`Charge ${charge.id} has been charged back.`, { code: 'charge_disputed' })
  const amount = params.integer('amount') ?? left
  if (amount < 1)
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' })
  if (amount > left) {
    throw invalidRequest(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    })
  }
  const refund: Refund = {
    id: context.newId('re'),
    object: 'refund',
    ...{ amount, balance_transaction: null, charge: charge.id, created: context.clock.seconds() },
    ...{ currency: charge.currency, customer: charge.customer, customer_account: null },
    destination_details: { card: { reference_status: 'pending', type: 'refund' }, type: 'card' },
    ...{ metadata: params.metadata(), payment_intent: charge.payment_intent, payment_method: charge.payment_method },
    ...{ reason: params.oneOf('reason', reasons), receipt_number: null, source_transfer_reversal: null },
    ...{ status: isSlow(context, charge) ? 'pending' : 'succeeded', transfer_reversal: null },
  }
  context.state.refunds.set(refund.id, refund)
  const before = { amount_refunded: charge.amount_refunded, refunded: charge.refunded }
  charge.amount_refunded += amount
  charge.refunded = charge.amount_refunded === charge.amount
  context.emit('refund.created', refund)
  context.emit('charge.refunded', charge, charge.refunded ? before : { amount_refunded: before.amount_refunded })
  return refund
}

function isSlow(context: EmulatorContext, { payment_method: method }: Charge): boolean {
  return context.state.cards.get(method ?? '')?.refund === 'pending'
}

/** The bank took the money back in, or would not have it: then the charge can be refunded again. */
export function settleRefund(context: EmulatorContext, refundId: string, status: 'succeeded' | 'failed'): Refund {
  const refund = demand(context.state.refunds, 'refund', refundId)
  const charge = context.state.charges.get(refund.charge)
  change(context, refund, 'refund.updated', () => {
    refund.status = status
    if (status === 'failed') refund.failure_reason = 'lost_or_stolen_card'
  })
  if (status === 'succeeded' || !charge) return refund
  charge.amount_refunded -= refund.amount
  charge.refunded = false
  context.emit('refund.failed', refund)
  return refund
}

function list(context: EmulatorContext, params: FormReader): Refund[] {
  const [charge, intent] = [params.text('charge'), params.text('payment_intent')]
  return [...context.state.refunds.values()].filter(
    (refund) => (charge === null || refund.charge === charge) && (intent === null || refund.payment_intent === intent),
  )
}

export const refundRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/refunds',
    allowed: ['amount', 'charge', 'instructions_email', 'metadata', 'metadata.*', 'payment_intent', 'reason'],
    answer: createRefund,
  },
  {
    method: 'GET',
    path: '/v1/refunds',
    allowed: [...listParameters, 'charge', 'payment_intent'],
    answer: (context, params) => ({ ...pageOf(list(context, params), params, '/v1/refunds') }),
  },
  {
    method: 'GET',
    path: '/v1/refunds/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.refunds, 'refund', id),
  },
  {
    method: 'GET',
    path: '/v1/payment_intents/:id',
    allowed: ['client_secret'],
    answer: ({ state }, _params, { id = '' }) => demand(state.paymentIntents, 'payment_intent', id),
  },
  {
    method: 'GET',
    path: '/v1/charges/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.charges, 'charge', id),
  },
]
