import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { listParameters, pageOf } from './lists.ts'
import type { Dispute } from './objects.ts'
import type { Route } from './route.ts'

const answerDays = 7

/** What a buyer's bank does: takes the money of a payment back for now and asks for evidence. */
export function openDispute(context: EmulatorContext, paymentIntent: string, reason = 'fraudulent'): Dispute {
  const intent = demand(context.state.paymentIntents, 'payment_intent', paymentIntent)
  const charge = demand(context.state.charges, 'charge', intent.latest_charge ?? '')
  const now = context.clock.seconds()
  const dispute: Dispute = {
    id: context.newId('du'),
    object: 'dispute',
    ...{ amount: charge.amount, balance_transactions: [], charge: charge.id, created: now, currency: charge.currency },
    ...{ enhanced_eligibility_types: [], evidence: {}, intended_submission_method: null, is_charge_refundable: false },
    evidence_details: {
      ...{ due_by: now + answerDays * 86_400, enhanced_eligibility: {} },
      ...{ has_evidence: false, past_due: false, submission_count: 0 },
    },
    ...{ livemode: false, metadata: {}, payment_intent: intent.id, reason, status: 'needs_response' },
  }
  context.state.disputes.set(dispute.id, dispute)
  charge.disputed = true
  context.emit('charge.dispute.created', dispute)
  context.emit('charge.dispute.funds_withdrawn', dispute)
  return dispute
}

/** How it ends: won gives the money back. */
export function closeDispute(context: EmulatorContext, disputeId: string, status: 'won' | 'lost'): Dispute {
  const dispute = demand(context.state.disputes, 'dispute', disputeId)
  dispute.status = status
  if (status === 'won') context.emit('charge.dispute.funds_reinstated', dispute)
  context.emit('charge.dispute.closed', dispute)
  return dispute
}

function list({ state }: EmulatorContext, params: FormReader): Dispute[] {
  const [charge, intent] = [params.text('charge'), params.text('payment_intent')]
  return [...state.disputes.values()].filter(
    (dispute) =>
      (charge === null || dispute.charge === charge) && (intent === null || dispute.payment_intent === intent),
  )
}

export const disputeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/disputes',
    allowed: [...listParameters, 'charge', 'payment_intent'],
    answer: (context, params) => ({ ...pageOf(list(context, params), params, '/v1/disputes') }),
  },
  {
    method: 'GET',
    path: '/v1/disputes/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.disputes, 'dispute', id),
  },
]
