import { z } from 'zod'
import { id, instant, metadata, optionalId, optionalText } from './wire-fields.ts'

/** What this adapter reads of the objects around a payment, in every shape since API 2018. */

export const refundWire = z.object({
  id: z.string().min(1),
  amount: z.int().positive(),
  currency: z.string(),
  status: optionalText,
  reason: optionalText,
  failure_reason: optionalText,
  payment_intent: optionalId,
  charge: optionalId,
  customer: optionalId,
  created: instant,
  metadata,
})

export const disputeWire = z.object({
  id: z.string().min(1),
  amount: z.int(),
  currency: z.string(),
  status: z.string(),
  reason: optionalText,
  payment_intent: optionalId,
  charge: z.union([z.string(), z.object({ id: z.string(), customer: optionalId })]).nullish(),
  evidence_details: z.object({ due_by: z.int().nullish() }).nullish(),
  created: instant,
})

export const invoicePaymentEventWire = z.object({ id: z.string().min(1), invoice: id })

export const couponWire = z.object({
  id: z.string().min(1),
  percent_off: z.number().nullish(),
  amount_off: z.int().nullish(),
  currency: optionalText,
  duration: z.string(),
  duration_in_months: z.int().nullish(),
})
