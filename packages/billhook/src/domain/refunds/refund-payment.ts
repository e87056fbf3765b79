import type { Context } from '../../context.ts'
import { inOrganization, lockOrganization } from '../../db/index.ts'
import { BillhookError, conflict, InvariantError, invalid } from '../../primitives/index.ts'
import type { BasePaymentProvider, CreateRefundInput, RefundAbility } from '../../providers/provider.ts'
import { findOperation, runOperation } from '../operations/index.ts'
import { findRefund, getPayment, getPaymentIn, type Payment, type Refund } from '../payments/index.ts'
import { applyRefunded } from './apply-refunded.ts'

export interface RefundPaymentInput {
  organizationId: string
  paymentId: string
  /** Minor units; all that is left when absent. */
  amount?: number | undefined
  reason: CreateRefundInput['reason']
  /** The caller's own key: the same one again answers the same. */
  businessKey?: string | undefined
}

/** `pending`: the provider's answer was lost; the operation says later, and nothing is refunded twice. */
export type RefundResult = { outcome: 'refunded'; refund: Refund } | { outcome: 'pending'; operationId: string }

/**
 * Gives money of a payment back. What is left is looked at under the organization's lock, with refunds that are under way counted, so that
 * several at once never return more than was paid.
 *
 * Errors: `payment_not_found` (404), `invalid_amount` (400), `unsupported` (422), `refund_exceeds_payment` (422 above the payment itself,
 * 409 above what is left of it), `payment_disputed`, `payment_not_succeeded` (409), the provider's own.
 */
export async function refundPayment(ctx: Context, input: RefundPaymentInput): Promise<RefundResult> {
  const payment = await getPayment(ctx, input)
  const { provider, refunds } = requireAbility(ctx, payment)
  const businessKey = `refund:${payment.id}:${input.businessKey ?? ctx.ids.next('operation')}`
  const amount = (await amountOfRepeat(ctx, input, businessKey)) ?? newAmount(provider, payment, input.amount)
  const refund: CreateRefundInput = {
    externalPaymentId: payment.externalPaymentId,
    amount,
    currency: payment.currency,
    reason: input.reason,
    reference: { organizationId: input.organizationId },
  }
  const done = await runOperation(ctx, {
    kind: 'create_refund',
    provider: payment.provider,
    businessKey,
    organizationId: input.organizationId,
    input: refund,
    begin: async (scope, operationId) => {
      await lockOrganization(scope)
      // The intent is written already, so what it asks is part of what is asked.
      const now = await getPaymentIn(scope, payment.id, { besidesOperation: operationId })
      requireRefundable(now, amount)
    },
    call: (operation) => refunds.createRefund(refund, operation),
    apply: applyRefunded,
  })
  if (done.status === 'unknown') return { outcome: 'pending', operationId: done.operationId }
  return { outcome: 'refunded', refund: await getRefund(ctx, input.organizationId, done.answer.refundId) }
}

function requireAbility(ctx: Context, payment: Payment): { provider: BasePaymentProvider; refunds: RefundAbility } {
  const provider = ctx.providers.getProvider(payment.provider)
  const { refunds } = provider
  if (!refunds || provider.capabilities.refunds === 'none') throw unsupported(provider, 'refund a payment')
  return { provider, refunds }
}

const unsupported = ({ providerName }: BasePaymentProvider, what: string) =>
  new BillhookError('unsupported', `${providerName} cannot ${what}.`, {
    status: 422,
    facts: { provider: providerName },
  })

/** What the first request with this key asked: by now less may be left. Error: `idempotency_key_reused` (422) for another amount. */
async function amountOfRepeat(ctx: Context, input: RefundPaymentInput, businessKey: string): Promise<number | null> {
  if (input.businessKey === undefined) return null
  const known = await inOrganization(ctx.db, input.organizationId, ({ tx }) => findOperation(tx, { businessKey }))
  if (!known) return null
  const { amount } = known.input as CreateRefundInput
  if (input.amount === undefined || input.amount === amount) return amount
  throw new BillhookError('idempotency_key_reused', 'This key was used for a refund of another amount.', {
    status: 422,
  })
}

function newAmount(provider: BasePaymentProvider, payment: Payment, wanted: number | undefined): number {
  const amount = wanted ?? payment.amountRefundable
  if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted > 0)) {
    throw invalid('invalid_amount', 'amount is a whole number of minor units above zero.')
  }
  requireRefundable(payment, amount)
  if (provider.capabilities.refunds === 'full' && amount !== payment.amount)
    throw unsupported(provider, 'refund a part of a payment')
  return amount
}

function requireRefundable(payment: Payment, amount: number): void {
  const facts = { payment_id: payment.id, amount_refundable: payment.amountRefundable }
  if (payment.status !== 'succeeded')
    throw conflict('payment_not_succeeded', `A payment that is ${payment.status} has nothing to refund.`, facts)
  if (payment.isDisputed)
    throw conflict('payment_disputed', 'The payment is disputed: its bank decides about the money.', facts)
  if (amount > payment.amount)
    throw new BillhookError('refund_exceeds_payment', 'This is more than what was paid.', { status: 422, facts })
  if (amount === 0 || amount > payment.amountRefundable)
    throw conflict('refund_exceeds_payment', 'This is more than what is left of the payment.', facts)
}

async function getRefund(ctx: Context, organizationId: string, refundId: string): Promise<Refund> {
  const refund = await inOrganization(ctx.db, organizationId, (scope) => findRefund(scope, refundId))
  if (!refund) throw new InvariantError(`refund ${refundId} was written and is not there`)
  return refund
}
