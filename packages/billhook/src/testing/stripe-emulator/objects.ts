import type { Interval } from '../emulator/clock.ts'

export type * from './money-objects.ts'

/** The fields of Stripe's objects that the emulator itself reads; every object carries more of them, as JSON. */
export interface StripeObject {
  id: string
  object: string
  created: number
  [field: string]: unknown
}

export interface StripeList<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  url: string
}

export type Metadata = Record<string, string>
export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled'

export interface Customer extends StripeObject {
  object: 'customer'
  balance: number
  currency: string | null
  delinquent: boolean
  email: string | null
  name: string | null
  deleted?: boolean
  metadata: Metadata
  invoice_prefix: string
  next_invoice_sequence: number
  invoice_settings: { default_payment_method: string | null; [field: string]: unknown }
}

export interface Product extends StripeObject {
  object: 'product'
  active: boolean
  name: string
  metadata: Metadata
  default_price: string | null
}

export interface Meter extends StripeObject {
  object: 'billing.meter'
  event_name: string
  status: 'active' | 'inactive'
  customer_mapping: { event_payload_key: string; type: string }
  default_aggregation: { formula: 'count' | 'last' | 'sum' }
  value_settings: { event_payload_key: string }
}

export interface Price extends StripeObject {
  object: 'price'
  active: boolean
  currency: string
  product: string
  lookup_key: string | null
  metadata: Metadata
  nickname: string | null
  recurring: {
    interval: Interval
    interval_count: number
    usage_type: string
    meter?: string | null
    [field: string]: unknown
  } | null
  type: 'recurring' | 'one_time'
  unit_amount: number | null
  unit_amount_decimal: string
}

export interface SubscriptionItem extends StripeObject {
  object: 'subscription_item'
  price: Price
  quantity?: number
  subscription: string
  metadata: Metadata
  current_period_start: number
  current_period_end: number
}

export interface Subscription extends StripeObject {
  object: 'subscription'
  status: SubscriptionStatus
  automatic_tax: { enabled: boolean; [field: string]: unknown }
  billing_mode: { type: string; [field: string]: unknown }
  customer: string
  currency: string
  billing_cycle_anchor: number
  items: StripeList<SubscriptionItem>
  cancel_at: number | null
  cancel_at_period_end: boolean
  canceled_at: number | null
  cancellation_details: { comment: string | null; feedback: string | null; reason: string | null }
  default_payment_method: string | null
  ended_at: number | null
  latest_invoice: string | null
  metadata: Metadata
  pause_collection: { behavior: string; resumes_at: number | null } | null
  start_date: number
  trial_start: number | null
  trial_end: number | null
  trial_settings: { end_behavior: { missing_payment_method: string } }
}

export interface InvoiceLine {
  id: string
  object: 'line_item'
  amount: number
  description: string | null
  quantity: number | null
  period: { start: number; end: number }
  parent: {
    type: string
    subscription_item_details: { proration: boolean; subscription_item: string; [field: string]: unknown }
    [field: string]: unknown
  }
  [field: string]: unknown
}

export interface Invoice extends StripeObject {
  object: 'invoice'
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'
  amount_due: number
  amount_paid: number
  amount_remaining: number
  attempt_count: number
  attempted: boolean
  auto_advance: boolean
  automatically_finalizes_at: number | null
  billing_reason: string
  currency: string
  customer: string
  default_payment_method: string | null
  effective_at: number | null
  ending_balance: number | null
  starting_balance: number
  hosted_invoice_url: string | null
  invoice_pdf: string | null
  lines: StripeList<InvoiceLine>
  metadata: Metadata
  next_payment_attempt: number | null
  number: string | null
  parent: {
    type: string
    subscription_details: { subscription: string; metadata: Metadata; subscription_proration_date?: number }
  } & Record<string, unknown>
  status_transitions: Record<'finalized_at' | 'marked_uncollectible_at' | 'paid_at' | 'voided_at', number | null>
  total: number
}

export interface InvoicePayment extends StripeObject {
  object: 'invoice_payment'
  amount_paid: number | null
  amount_requested: number
  invoice: string
  payment: { type: 'payment_intent'; payment_intent: string }
  status: 'open' | 'paid' | 'canceled'
  status_transitions: { canceled_at: number | null; paid_at: number | null }
}

export interface PaymentIntent extends StripeObject {
  object: 'payment_intent'
  amount: number
  amount_received: number
  client_secret: string
  currency: string
  customer: string
  last_payment_error: Record<string, unknown> | null
  latest_charge: string | null
  next_action: Record<string, unknown> | null
  payment_method: string | null
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'succeeded' | 'canceled'
}

export interface Charge extends StripeObject {
  object: 'charge'
  amount: number
  amount_refunded: number
  currency: string
  customer: string
  payment_intent: string
  payment_method: string | null
  refunded: boolean
}

export interface Refund extends StripeObject {
  object: 'refund'
  amount: number
  charge: string
  payment_intent: string
  status: string
}

export interface PaymentMethod extends StripeObject {
  object: 'payment_method'
  customer: string | null
  card: { brand: string; last4: string; [field: string]: unknown }
}

export interface CheckoutSession extends StripeObject {
  object: 'checkout.session'
  cancel_url: string | null
  currency: string
  customer: string | null
  customer_email: string | null
  customer_details: Record<string, unknown> | null
  expires_at: number
  invoice: string | null
  metadata: Metadata
  payment_status: 'paid' | 'unpaid' | 'no_payment_required'
  status: 'open' | 'complete' | 'expired'
  subscription: string | null
  success_url: string | null
  url: string | null
}

export interface PortalSession extends StripeObject {
  object: 'billing_portal.session'
  customer: string
  return_url: string | null
  url: string
}

/** A snapshot event, as it is sent to the webhook endpoint. */
export interface StripeEvent extends StripeObject {
  object: 'event'
  api_version: string
  type: string
  livemode: boolean
  pending_webhooks: number
  request: { id: string | null; idempotency_key: string | null }
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> }
}
