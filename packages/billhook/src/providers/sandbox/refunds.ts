import type { CreateRefundInput, ProviderOperation } from '../operation.ts'
import type { RefundData } from '../snapshots.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { type Metadata, newId, type SandboxInvoice, type SandboxPayment, toMetadata, toReference } from './objects.ts'
import { type Draft, missing } from './state.ts'

export interface SandboxRefund {
  object: 'refund'
  id: string
  payment: string
  /** Null where there are no documents. */
  invoice: string | null
  customer: string
  status: 'succeeded'
  amount: number
  currency: string
  reason: string
  metadata: Metadata
  created_at: string
}

/** Money goes back at once: there is none, so nothing can fail on the way. */
export async function createRefund(
  client: SandboxClient,
  input: CreateRefundInput,
  operation: ProviderOperation<'create_refund'>,
): Promise<RefundData> {
  const answer = await client.execute(operation, input, async (draft) => {
    const { invoice, payment } = await getPayment(draft, input.externalPaymentId)
    requireRefundable(draft.providerName, payment, input)
    payment.amount_refunded += input.amount
    invoice.amount_refunded += input.amount
    draft.save(invoice)
    const refund = draft.add<SandboxRefund>({
      object: 'refund',
      id: newId('refund'),
      payment: payment.id,
      invoice: draft.account.hasDocuments ? invoice.id : null,
      customer: invoice.customer,
      status: 'succeeded',
      amount: input.amount,
      currency: payment.currency,
      reason: input.reason,
      metadata: toMetadata({ ...input.reference, operationId: operation.id }),
      created_at: draft.at.toISOString(),
    })
    draft.emit('refund.changed', refund)
    return { object: 'refund', id: refund.id }
  })
  return retrieveRefund(client, answer.id)
}

export async function retrieveRefund(client: SandboxClient, externalRefundId: string): Promise<RefundData> {
  return toRefundData(await client.retrieve('refund', externalRefundId))
}

/** Throws `resource_missing`. */
export async function getPayment(
  draft: Draft,
  id: string,
): Promise<{ invoice: SandboxInvoice; payment: SandboxPayment }> {
  const charge = await draft.get('charge', id)
  const invoice = await draft.get('invoice', charge.invoice)
  const payment = invoice.payments.find((candidate) => candidate.id === id)
  if (!payment) throw missing(draft.providerName, 'charge', id)
  return { invoice, payment }
}

function requireRefundable(providerName: string, payment: SandboxPayment, input: CreateRefundInput): void {
  const refuse = (detail: string) => sandboxError(providerName, 'refund_not_possible', detail)
  if (payment.status !== 'succeeded') throw refuse('This payment never succeeded.')
  if (payment.dispute !== null) throw refuse('This payment is disputed: its bank decides about the money.')
  if (!Number.isSafeInteger(input.amount) || input.amount <= 0 || input.currency !== payment.currency)
    throw refuse('A refund is a whole number of minor units above zero, in the currency of its payment.')
  if (input.amount > payment.amount - payment.amount_refunded)
    throw refuse('This is more than what is left of the payment.')
}

export const toRefundData = (refund: SandboxRefund): RefundData => ({
  externalRefundId: refund.id,
  externalPaymentId: refund.payment,
  externalInvoiceId: refund.invoice,
  externalCustomerId: refund.customer,
  status: refund.status,
  amount: refund.amount,
  currency: refund.currency,
  reason: refund.reason,
  failureMessage: null,
  createdAt: new Date(refund.created_at),
  reference: toReference(refund.metadata),
})
