import { z } from 'zod'

export const timePattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/
const url = z.url().min(10).max(4000)
const decimal = z.string().regex(/^(-?\d+|-?\d*\.\d+)$/)
const count = z
  .string()
  .max(32)
  .regex(/^(\d+|\d*\.\d+)$/)
const sequence = z.int().min(1).max(99)

export const money = z.strictObject({ currency_code: z.string().length(3), value: decimal.max(32) })

export const pricingScheme = z.strictObject({
  fixed_price: money.optional(),
  pricing_model: z.enum(['VOLUME', 'TIERED']).optional(),
  tiers: z
    .array(z.strictObject({ starting_quantity: count, ending_quantity: count.optional(), amount: money }))
    .min(1)
    .max(32)
    .optional(),
})

export const frequency = z.strictObject({
  interval_unit: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']),
  interval_count: z.int().min(1).max(365).default(1),
})

const billingCycle = z.strictObject({
  pricing_scheme: pricingScheme.optional(),
  frequency,
  tenure_type: z.enum(['REGULAR', 'TRIAL']),
  sequence,
  total_cycles: z.int().min(0).max(999).default(1),
})

const failureThreshold = z.int().min(0).max(999)
const failureAction = z.enum(['CONTINUE', 'CANCEL'])
const preferences = z.strictObject({
  auto_bill_outstanding: z.boolean().default(true),
  setup_fee: money.optional(),
  setup_fee_failure_action: failureAction.default('CANCEL'),
  payment_failure_threshold: failureThreshold.default(0),
})

export const planBody = z.strictObject({
  product_id: z.string().min(6).max(50),
  name: z.string().min(1).max(127),
  status: z.enum(['CREATED', 'INACTIVE', 'ACTIVE']).default('ACTIVE'),
  description: z.string().min(1).max(127).optional(),
  billing_cycles: z.array(billingCycle).min(1).max(12),
  payment_preferences: preferences,
  taxes: z.strictObject({ percentage: decimal, inclusive: z.boolean().default(true) }).optional(),
  quantity_supported: z.boolean().default(false),
})

/** What a subscription may have otherwise than its plan. */
export const planOverride = z.strictObject({
  billing_cycles: z
    .array(
      z.strictObject({
        pricing_scheme: pricingScheme.optional(),
        sequence,
        total_cycles: z.int().min(0).max(999).optional(),
      }),
    )
    .min(1)
    .max(12)
    .optional(),
  payment_preferences: z
    .strictObject({
      auto_bill_outstanding: z.boolean(),
      setup_fee: money,
      setup_fee_failure_action: failureAction,
      payment_failure_threshold: failureThreshold,
    })
    .partial()
    .optional(),
  taxes: z.strictObject({ percentage: decimal, inclusive: z.boolean() }).partial().optional(),
})

const name = z.strictObject({ given_name: z.string().max(140), surname: z.string().max(140) }).partial()
const address = z.strictObject({
  address_line_1: z.string().max(300).optional(),
  address_line_2: z.string().max(300).optional(),
  admin_area_2: z.string().max(120).optional(),
  admin_area_1: z.string().max(300).optional(),
  postal_code: z.string().max(60).optional(),
  country_code: z.string().regex(/^([A-Z]{2}|C2)$/),
})
export const shippingAddress = z
  .strictObject({ name: z.strictObject({ full_name: z.string().max(300) }), address })
  .partial()

const applicationContext = z.strictObject({
  brand_name: z.string().min(1).max(127).optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$/)
    .optional(),
  shipping_preference: z.enum(['GET_FROM_FILE', 'NO_SHIPPING', 'SET_PROVIDED_ADDRESS']).optional(),
  user_action: z.enum(['CONTINUE', 'SUBSCRIBE_NOW']).default('SUBSCRIBE_NOW'),
  payment_method: z
    .strictObject({
      payer_selected: z.string().regex(/^[0-9A-Z_]+$/),
      payee_preferred: z.enum(['UNRESTRICTED', 'IMMEDIATE_PAYMENT_REQUIRED']),
    })
    .partial()
    .optional(),
  return_url: url,
  cancel_url: url,
})

const quantity = count.min(1)

export const subscriptionBody = z.strictObject({
  plan_id: z.string().min(3).max(50),
  start_time: z.string().regex(timePattern).optional(),
  quantity: quantity.optional(),
  shipping_amount: money.optional(),
  subscriber: z
    .strictObject({
      name,
      email_address: z.email().max(254),
      shipping_address: shippingAddress,
    })
    .partial()
    .optional(),
  auto_renewal: z.boolean().optional(),
  application_context: applicationContext.optional(),
  custom_id: z
    .string()
    .min(1)
    .max(127)
    .regex(/^[\x20-\x7E]+$/)
    .optional(),
  plan: planOverride.optional(),
})

export const revisionBody = z.strictObject({
  plan_id: z.string().min(3).max(50).optional(),
  quantity: quantity.optional(),
  shipping_amount: money.optional(),
  shipping_address: shippingAddress.optional(),
  application_context: applicationContext.optional(),
  plan: planOverride.optional(),
})

export const reasonBody = z.strictObject({ reason: z.string().min(1).max(128) })

export const captureBody = z.strictObject({
  note: z.string().min(1).max(128),
  capture_type: z.enum(['OUTSTANDING_BALANCE']),
  amount: money,
})

export const pricingBody = z.strictObject({
  pricing_schemes: z
    .array(z.strictObject({ billing_cycle_sequence: sequence, pricing_scheme: pricingScheme }))
    .min(1)
    .max(99),
})

export const patchBody = z
  .array(
    z.strictObject({
      op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: z.string(),
      value: z.unknown().optional(),
      from: z.string().optional(),
    }),
  )
  .min(1)

export type PlanBody = z.infer<typeof planBody>
export type PlanOverride = z.infer<typeof planOverride>
export type PricingSchemeBody = z.infer<typeof pricingScheme>
export type Frequency = z.infer<typeof frequency>
export type Subscriber = NonNullable<z.infer<typeof subscriptionBody>['subscriber']>
export type ShippingAddress = z.infer<typeof shippingAddress>
export type ApplicationContext = z.infer<typeof applicationContext>
export type PatchOperation = z.infer<typeof patchBody>[number]
