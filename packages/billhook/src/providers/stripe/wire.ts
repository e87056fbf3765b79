import { z } from 'zod'
import { UnreadableObject } from './errors.ts'
import { id, instant, listOf, metadata, optionalId, optionalInstant, optionalText } from './wire-fields.ts'

/**
 * What this adapter reads of Stripe's objects, in every shape since API 2018: today's (periods on items, `parent`, `pricing`) and those
 * before basil (2025-03-31), which endpoints pinned to an old version still send. Nothing else of a payload is looked at.
 */

const price = z.union([z.string(), z.object({ id: z.string(), currency: z.string().nullish() })]).nullish()

export const subscriptionItemWire = z.object({
  id: z.string(),
  price,
  plan: price,
  quantity: z.int().nullish(),
  current_period_start: optionalInstant,
  current_period_end: optionalInstant,
})

export const subscriptionWire = z.object({
  id: z.string().min(1),
  customer: id,
  status: z.string(),
  currency: z.string().nullish(),
  items: listOf(subscriptionItemWire),
  current_period_start: optionalInstant,
  current_period_end: optionalInstant,
  billing_cycle_anchor: optionalInstant,
  created: optionalInstant,
  start_date: optionalInstant,
  trial_start: optionalInstant,
  trial_end: optionalInstant,
  cancel_at: optionalInstant,
  cancel_at_period_end: z.boolean().nullish(),
  canceled_at: optionalInstant,
  ended_at: optionalInstant,
  pause_collection: z.object({ resumes_at: optionalInstant }).nullish(),
  status_details: z.object({ paused: z.object({ transitioned_at: optionalInstant }).nullish() }).nullish(),
  pending_update: z.object({ expires_at: optionalInstant }).nullish(),
  latest_invoice: z
    .union([
      z.string(),
      z.object({ id: z.string(), hosted_invoice_url: optionalText, status: optionalText, created: optionalInstant }),
    ])
    .nullish(),
  metadata,
  test_clock: optionalId,
})

/** Its refunds show only where a charge is expanded. */
const chargeRef = z.union([z.string(), z.object({ id: z.string(), amount_refunded: z.int().nullish() })]).nullish()

const paymentIntent = z.object({
  id: z.string(),
  status: optionalText,
  created: optionalInstant,
  last_payment_error: z.object({ code: optionalText, decline_code: optionalText, message: optionalText }).nullish(),
  latest_charge: chargeRef,
})
const paymentIntentRef = z.union([z.string(), paymentIntent]).nullish()

const invoicePaymentWire = z.object({
  created: optionalInstant,
  amount_paid: z.int().nullish(),
  amount_requested: z.int(),
  currency: z.string(),
  status: z.string(),
  payment: z.object({ payment_intent: paymentIntentRef, charge: chargeRef, payment_record: optionalId }),
  status_transitions: z.object({ paid_at: optionalInstant, canceled_at: optionalInstant }).nullish(),
})

const taxes = z
  .array(z.object({ amount: z.int(), tax_behavior: optionalText, inclusive: z.boolean().nullish() }))
  .nullish()

export const invoiceLineWire = z.object({
  id: z.string().nullish(),
  type: z.string().nullish(),
  amount: z.int(),
  description: optionalText,
  quantity: z.int().nullish(),
  period: z.object({ start: optionalInstant, end: optionalInstant }).nullish(),
  proration: z.boolean().nullish(),
  parent: z
    .object({
      type: z.string(),
      subscription_item_details: z.object({ proration: z.boolean().nullish() }).nullish(),
      invoice_item_details: z.object({ proration: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  pricing: z.object({ price_details: z.object({ price: optionalId }).nullish() }).nullish(),
  price,
  plan: price,
  taxes,
  tax_amounts: taxes,
})

const subscriptionDetails = z
  .object({ subscription: optionalId, metadata, subscription_proration_date: optionalInstant })
  .nullish()

export const invoiceWire = z.object({
  id: z.string().min(1),
  customer: id,
  parent: z.object({ subscription_details: subscriptionDetails }).nullish(),
  subscription: optionalId,
  subscription_details: subscriptionDetails,
  subscription_proration_date: optionalInstant,
  number: optionalText,
  status: optionalText,
  paid: z.boolean().nullish(),
  billing_reason: optionalText,
  currency: z.string(),
  total: z.int(),
  tax: z.int().nullish(),
  total_taxes: taxes,
  total_tax_amounts: taxes,
  total_discount_amounts: z.array(z.object({ amount: z.int() })).nullish(),
  total_pretax_credit_amounts: z.array(z.object({ amount: z.int(), type: z.string() })).nullish(),
  shipping_cost: z.object({ amount_total: z.int(), amount_tax: z.int() }).nullish(),
  starting_balance: z.int().nullish(),
  ending_balance: z.int().nullish(),
  amount_due: z.int(),
  amount_paid: z.int(),
  amount_remaining: z.int(),
  created: instant,
  due_date: optionalInstant,
  status_transitions: z
    .object({ finalized_at: optionalInstant, paid_at: optionalInstant, voided_at: optionalInstant })
    .nullish(),
  attempt_count: z.int().nullish(),
  next_payment_attempt: optionalInstant,
  hosted_invoice_url: optionalText,
  invoice_pdf: optionalText,
  lines: listOf(invoiceLineWire),
  payments: listOf(invoicePaymentWire).nullish(),
  payment_intent: paymentIntentRef,
  charge: chargeRef,
  metadata,
  test_clock: optionalId,
})

export const checkoutSessionWire = z.object({
  id: z.string().min(1),
  status: optionalText,
  payment_status: optionalText,
  url: optionalText,
  customer: optionalId,
  subscription: z.union([z.string(), z.object({ id: z.string(), status: optionalText })]).nullish(),
  expires_at: optionalInstant,
  metadata,
})

export const customerWire = z.object({
  id: z.string().min(1),
  email: optionalText,
  name: optionalText,
  currency: optionalText,
  deleted: z.boolean().nullish(),
  metadata,
})

export const priceWire = z.object({
  id: z.string(),
  product: id,
  currency: z.string(),
  unit_amount: z.int().nullish(),
  /** The SDK makes a number of its own kind of it. */
  unit_amount_decimal: z.unknown().transform((value) => (value === null || value === undefined ? null : String(value))),
  recurring: z
    .object({ interval: z.string(), interval_count: z.int(), usage_type: optionalText, meter: optionalText })
    .nullish(),
})

export const meterWire = z.object({
  id: z.string(),
  event_name: z.string(),
  default_aggregation: z.object({ formula: z.string() }),
  customer_mapping: z.object({ event_payload_key: z.string() }),
  value_settings: z.object({ event_payload_key: z.string() }),
})

/** Read field by field later, so that nothing of it is copied here. */
const anyObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Invalid input: expected record',
)

/** The envelope: a snapshot event holds the object, a thin one (`v2.core.event`) only says which object to read. */
export const eventWire = z.object({
  id: z.string().min(1),
  object: z.string().nullish(),
  type: z.string().min(1),
  created: z.union([instant, z.iso.datetime({ offset: true }).transform((at) => new Date(at))]),
  livemode: z.boolean(),
  api_version: optionalText,
  data: z.object({ object: anyObject }).nullish(),
  related_object: z.object({ id: z.string().min(1), type: z.string() }).nullish(),
})

export type SubscriptionWire = z.output<typeof subscriptionWire>
export type InvoiceWire = z.output<typeof invoiceWire>
export type InvoiceLineWire = z.output<typeof invoiceLineWire>
export type EventWire = z.output<typeof eventWire>

/** Throws UnreadableObject naming the field, never its value. */
export function readWire<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UnreadableObject(
    `Stripe's ${what} is not readable at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown'}.`,
  )
}
