import { z } from '@hono/zod-openapi'
import type { Payment, Refund } from '../../domain/payments/index.ts'
import { currency, instant, iso, isoOrNull, minorUnits } from './common.ts'

export const newRefund = z
  .strictObject({
    amount: z.int().min(1).optional().openapi({ description: 'Minor units; all that is left when absent' }),
    reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']),
  })
  .openapi('NewRefund')

export const refundSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    payment_id: z.string(),
    invoice_id: z.string().nullable(),
    provider: z.string(),
    external_refund_id: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed']),
    amount: minorUnits,
    currency,
    reason: z.string().nullable(),
    failure_message: z.string().nullable(),
    created_at: instant,
  })
  .openapi('Refund')

export const paymentSchema = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    provider: z.string(),
    external_payment_id: z.string(),
    stripe_payment_intent_id: z.string().nullable(),
    status: z.enum(['processing', 'requires_action', 'succeeded', 'failed', 'canceled']),
    amount: minorUnits,
    currency,
    amount_refunded: minorUnits,
    amount_refundable: minorUnits.openapi({ description: 'Paid, less what went back or is on its way' }),
    disputed: z.boolean().openapi({ description: 'Its bank has not decided yet; nothing can be refunded' }),
    refunds: z.array(refundSchema),
    invoice_ids: z.array(z.string()),
    decline_code: z.string().nullable(),
    failure_message: z.string().nullable(),
    attempted_at: instant.nullable(),
    created_at: instant,
  })
  .openapi('Payment')

export const refundJson = (refund: Refund): z.infer<typeof refundSchema> => ({
  id: refund.id,
  organization_id: refund.organizationId,
  payment_id: refund.paymentId,
  invoice_id: refund.invoiceId,
  provider: refund.provider,
  external_refund_id: refund.externalRefundId,
  status: refund.status,
  amount: refund.amount,
  currency: refund.currency,
  reason: refund.reason,
  failure_message: refund.failureMessage,
  created_at: iso(refund.createdAt),
})

export const paymentJson = (payment: Payment): z.infer<typeof paymentSchema> => ({
  id: payment.id,
  organization_id: payment.organizationId,
  provider: payment.provider,
  external_payment_id: payment.externalPaymentId,
  stripe_payment_intent_id: payment.stripePaymentIntentId,
  status: payment.status,
  amount: payment.amount,
  currency: payment.currency,
  amount_refunded: payment.amountRefunded,
  amount_refundable: payment.amountRefundable,
  disputed: payment.isDisputed,
  refunds: payment.refunds.map(refundJson),
  invoice_ids: payment.invoiceIds,
  decline_code: payment.declineCode,
  failure_message: payment.failureMessage,
  attempted_at: isoOrNull(payment.attemptedAt),
  created_at: iso(payment.createdAt),
})
