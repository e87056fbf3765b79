import { z } from 'zod'
import { id, links, money, optionalInstant, optionalText } from './wire-fields.ts'

/** What this adapter reads of the objects around a payment: v1 transactions of a subscription, the older v1 sales, disputes. */

const transaction = z.object({
  id,
  status: z.string(),
  time: optionalInstant,
  amount_with_breakdown: z.object({ gross_amount: money, tax_amount: money.nullish() }),
})

export const transactionListWire = z.object({
  transactions: z.array(transaction).nullish(),
  total_items: z.int().nullish(),
  total_pages: z.int().nullish(),
  links,
})

/** Nothing, where PayPal has only taken the wish (202). */
export const captureWire = transaction.nullable()

/** Old names for the same things: `total` and `currency`. */
const amount = z.object({
  total: z.string(),
  currency: z.string(),
  details: z.object({ tax: optionalText }).nullish(),
})

export const saleWire = z.object({
  id,
  state: z.string(),
  amount,
  billing_agreement_id: optionalText,
  custom: optionalText,
  reason_code: optionalText,
  create_time: optionalInstant,
})

export const refundWire = z.object({
  id,
  state: z.string(),
  amount: amount.nullish(),
  sale_id: optionalText,
  capture_id: optionalText,
  billing_agreement_id: optionalText,
  invoice_number: optionalText,
  reason: optionalText,
  custom: optionalText,
  create_time: optionalInstant,
})

export const disputeWire = z.object({
  dispute_id: id,
  status: z.string(),
  reason: optionalText,
  dispute_amount: money,
  create_time: optionalInstant,
  seller_response_due_date: optionalInstant,
  disputed_transactions: z.array(z.object({ seller_transaction_id: optionalText, custom: optionalText })).nullish(),
  dispute_outcome: z.object({ outcome_code: optionalText }).nullish(),
})

export const disputeListWire = z.object({ items: z.array(z.object({ dispute_id: id })).nullish(), links })

export type Transaction = z.output<typeof transaction>
export type SaleWire = z.output<typeof saleWire>
export type RefundWire = z.output<typeof refundWire>
export type DisputeWire = z.output<typeof disputeWire>
