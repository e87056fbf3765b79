import { addDuration, BillhookError, invalid } from '../../primitives/index.ts'
import type { ProviderRoute } from '../provider.ts'
import type { DisputeData } from '../snapshots.ts'
import { problem, readJson } from './call.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { type Metadata, newId } from './objects.ts'
import { getPayment } from './refunds.ts'
import type { Draft } from './state.ts'

export interface SandboxDispute {
  object: 'dispute'
  id: string
  payment: string
  customer: string
  status: 'needs_response' | 'won' | 'lost'
  amount: number
  currency: string
  reason: string
  respond_by: string
  metadata: Metadata
  created_at: string
}

const timeToRespond = 'P7D'

/**
 * For trying out what a bank does: `POST /disputes` with `{"payment": "sbx_pay_...", "reason"?}` asks a payment back,
 * `POST /disputes/:id/close` with `{"status": "won" | "lost"}` decides it.
 */
export const disputeRoutes = (client: SandboxClient): ProviderRoute[] => [
  {
    method: 'POST',
    path: '/disputes',
    auth: 'platform',
    handle: (request) => answering(async () => openDispute(client, await readJson(request))),
  },
  {
    method: 'POST',
    path: '/disputes/:id/close',
    auth: 'platform',
    handle: (request, { id = '' }) => answering(async () => closeDispute(client, id, await readJson(request))),
  },
]

async function answering(work: () => Promise<SandboxDispute>): Promise<Response> {
  try {
    return Response.json(await work())
  } catch (cause) {
    if (cause instanceof BillhookError) return problem(cause, 'The dispute cannot be like this')
    throw cause
  }
}

function openDispute(client: SandboxClient, body: Record<string, unknown>): Promise<SandboxDispute> {
  const { payment: id, reason = 'fraudulent' } = body
  if (typeof id !== 'string' || typeof reason !== 'string')
    throw invalid('invalid_request', 'Send JSON such as {"payment": "sbx_pay_..."}.')
  return client.change(async (draft) => {
    const { invoice, payment } = await getPayment(draft, id)
    if (payment.status !== 'succeeded' || payment.dispute !== null)
      throw sandboxError(
        draft.providerName,
        'provider_rejected',
        'Only a payment that succeeded is disputed, and once.',
      )
    const dispute = draft.add(newDispute(draft, payment.id, invoice.customer, payment, reason))
    payment.dispute = dispute.id
    draft.save(invoice)
    draft.emit('dispute.changed', dispute)
    return dispute
  })
}

const newDispute = (
  draft: Draft,
  payment: string,
  customer: string,
  { amount, amount_refunded, currency }: { amount: number; amount_refunded: number; currency: string },
  reason: string,
): SandboxDispute => ({
  object: 'dispute',
  id: newId('dispute'),
  payment,
  customer,
  status: 'needs_response',
  amount: Math.max(1, amount - amount_refunded),
  currency,
  reason,
  respond_by: addDuration(draft.at, timeToRespond).toISOString(),
  metadata: {},
  created_at: draft.at.toISOString(),
})

function closeDispute(client: SandboxClient, id: string, { status }: Record<string, unknown>): Promise<SandboxDispute> {
  if (status !== 'won' && status !== 'lost')
    throw invalid('invalid_request', 'Send {"status": "won"} or {"status": "lost"}.')
  return client.change(async (draft) => {
    const dispute = await draft.get('dispute', id)
    if (dispute.status !== 'needs_response')
      throw sandboxError(draft.providerName, 'provider_rejected', 'This dispute is decided already.')
    dispute.status = status
    const { invoice, payment } = await getPayment(draft, dispute.payment)
    // What the bank took cannot be refunded again.
    if (status === 'lost') payment.amount_refunded = payment.amount
    payment.dispute = null
    draft.save(invoice)
    draft.emit('dispute.changed', dispute)
    return dispute
  })
}

export const toDisputeData = (dispute: SandboxDispute): DisputeData => ({
  externalDisputeId: dispute.id,
  externalPaymentId: dispute.payment,
  externalCustomerId: dispute.customer,
  status: dispute.status,
  amount: dispute.amount,
  currency: dispute.currency,
  reason: dispute.reason,
  respondBy: new Date(dispute.respond_by),
  createdAt: new Date(dispute.created_at),
})
