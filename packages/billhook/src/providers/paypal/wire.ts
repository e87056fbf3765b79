import { z } from 'zod'
import { id, links, money, optionalInstant, optionalText } from './wire-fields.ts'

/** What this adapter reads of plans and subscriptions (API v1). Nothing else of an answer is looked at. */

const count = z
  .int()
  .nullish()
  .transform((number) => number ?? 0)

const pricingScheme = z.object({
  fixed_price: money.nullish(),
  pricing_model: optionalText,
  tiers: z.array(z.object({ starting_quantity: z.string(), ending_quantity: optionalText, amount: money })).nullish(),
})

const billingCycle = z.object({
  tenure_type: z.string(),
  sequence: z.int(),
  /** 1 unless it is said: PayPal's default. */
  total_cycles: z.int().default(1),
  frequency: z.object({ interval_unit: z.string(), interval_count: z.int().default(1) }),
  pricing_scheme: pricingScheme.nullish(),
})

const planTerms = {
  billing_cycles: z.array(billingCycle).nullish(),
  payment_preferences: z.object({ setup_fee: money.nullish(), payment_failure_threshold: count }).nullish(),
  taxes: z.object({ percentage: z.string(), inclusive: z.boolean().default(true) }).nullish(),
}

export const planWire = z.object({
  id,
  product_id: optionalText,
  name: optionalText,
  description: optionalText,
  status: optionalText,
  ...planTerms,
})

export const planListWire = z.object({ plans: z.array(planWire).nullish(), links })

const cycleExecution = z.object({
  tenure_type: z.string(),
  sequence: z.int(),
  cycles_completed: count,
  cycles_remaining: count,
  total_cycles: count,
})

export const failedPaymentWire = z.object({
  amount: money,
  time: optionalInstant,
  reason_code: optionalText,
  next_payment_retry_time: optionalInstant,
})

const billingInfo = z.object({
  outstanding_balance: money.nullish(),
  failed_payments_count: count,
  next_billing_time: optionalInstant,
  cycle_executions: z.array(cycleExecution).nullish(),
  last_payment: z.object({ amount: money, time: optionalInstant }).nullish(),
  last_failed_payment: failedPaymentWire.nullish(),
})

export const subscriptionWire = z.object({
  id,
  status: z.string(),
  status_update_time: optionalInstant,
  plan_id: id,
  start_time: optionalInstant,
  create_time: optionalInstant,
  update_time: optionalInstant,
  quantity: z.string().default('1'),
  custom_id: optionalText,
  subscriber: z
    .object({
      email_address: optionalText,
      name: z.object({ given_name: optionalText, surname: optionalText }).nullish(),
      shipping_address: z.object({ address: z.object({ country_code: optionalText }).nullish() }).nullish(),
    })
    .nullish(),
  billing_info: billingInfo.nullish(),
  /** The plan as this subscription has it, overrides included; only when it is asked for (`fields=plan`). */
  plan: z.object(planTerms).nullish(),
  links,
})

export const subscriptionListWire = z.object({ subscriptions: z.array(z.object({ id })).nullish(), links })
export const reviseWire = z.object({ plan_id: optionalText, links })
export const nothingWire = z.unknown()

export type PlanWire = z.output<typeof planWire>
export type SubscriptionWire = z.output<typeof subscriptionWire>
export type PlanTerms = Pick<PlanWire, 'billing_cycles' | 'payment_preferences' | 'taxes'>
export type BillingCycle = z.output<typeof billingCycle>
export type FailedPayment = z.output<typeof failedPaymentWire>
