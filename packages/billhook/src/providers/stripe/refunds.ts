import type Stripe from 'stripe'
import type { CreateRefundInput, ProviderOperation } from '../operation.ts'
import { PaymentProviderError } from '../provider-error.ts'
import type { RefundData } from '../snapshots.ts'
import { toApiAmount } from './amounts.ts'
import type { StripeClient } from './client.ts'
import { normalizeRefund } from './normalize-refund.ts'
import { toMetadata } from './reference.ts'

export async function createRefund(
  client: StripeClient,
  input: CreateRefundInput,
  operation: ProviderOperation<'create_refund'>,
): Promise<RefundData> {
  const params: Stripe.RefundCreateParams = {
    ...paymentParam(client.provider, input.externalPaymentId),
    amount: toApiAmount(input.amount, input.currency),
    reason: input.reason,
    metadata: toMetadata({ ...input.reference, operationId: operation.id }),
  }
  const { idempotencyKey } = operation
  try {
    return await client.write(async (stripe) =>
      normalizeRefund(await stripe.refunds.create(params, { idempotencyKey })),
    )
  } catch (error) {
    throw isAboutPayment(error) ? notPossible(client.provider, error) : error
  }
}

/** Too much, or a payment that never succeeded: Stripe has no code for either, it names the parameter. */
function isAboutPayment(error: unknown): error is PaymentProviderError {
  if (!(error instanceof PaymentProviderError && error.code === 'provider_rejected')) return false
  const { param } = (error.cause ?? {}) as { param?: string }
  return param === 'amount' || param === 'payment_intent' || param === 'charge'
}

function notPossible(provider: string, { message: detail, cause }: PaymentProviderError): PaymentProviderError {
  return new PaymentProviderError({ provider, code: 'refund_not_possible', detail, cause })
}

export function retrieveRefund(client: StripeClient, externalRefundId: string): Promise<RefundData> {
  return client.read(async (stripe) => normalizeRefund(await stripe.refunds.retrieve(externalRefundId)))
}

/** Payments from before payment intents are charges. What Stripe only keeps a record of was never its money to give back. */
export function paymentParam(provider: string, id: string): { payment_intent: string } | { charge: string } {
  if (id.startsWith('pi_')) return { payment_intent: id }
  if (id.startsWith('ch_') || id.startsWith('py_')) return { charge: id }
  throw new PaymentProviderError({
    provider,
    code: 'refund_not_possible',
    detail: `Payment ${id} did not run through Stripe and cannot be refunded there.`,
  })
}
