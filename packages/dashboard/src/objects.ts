/** What the portal sends to the REST API and reads of its answers. */

export interface PortalSession {
  organization: { id: string; name: string }
  csrf_token: string
  return_url: string | null
  role: string
}

export interface PublicConfig {
  demo: boolean
  default_provider: string
  providers: Array<{ name: string; display_name: string | null }>
}

export interface Price {
  id: string
  key: string
  currency: string
  /** In the currency's minor units. */
  amount: number
  /** Whose usage it bills: it comes along and is not chosen. */
  meter: string | null
  interval: 'day' | 'week' | 'month' | 'year'
  interval_count: number
  trial_days: number | null
}

export interface Plan {
  id: string
  key: string
  name: string
  description: string | null
  features: Record<string, boolean>
  /** No number (null) is no limit; one with terms says its number inside. */
  limits: Record<string, number | null | { limit: number | null; per?: 'unit' }>
  is_default: boolean
  prices: Price[]
}

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled'

export interface PendingChange {
  outcome: 'scheduled' | 'requires_approval' | 'pending_payment'
  to_price_id: string | null
  to_quantity: number | null
  approval_url: string | null
  expires_at: string | null
  effective_at: string | null
}

export interface Subscription {
  id: string
  plan_id: string
  price_id: string
  provider: string
  status: SubscriptionStatus
  quantity: number
  current_period_end: string | null
  trial_end: string | null
  cancel_at_period_end: boolean
  cancel_at: string | null
  ended_at: string | null
  pause: { resumes_at: string | null } | null
  /** A change that is wanted and not real yet. */
  pending_change: PendingChange | null
  access: { allowed: boolean; until: string | null }
}

export interface Entitlement {
  feature: string
  allowed: boolean
  limit: number | null
  used: number | null
  resets_at: string | null
}

/** What was used in one period comes to. */
export interface UsageLine {
  price_id: string
  meter: string
  /** Decimal text. */
  quantity: string
  currency: string
  amount: number
  period_start: string
  period_end: string
  billing: 'provider' | 'unbilled'
}

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void'

export interface Invoice {
  id: string
  number: string | null
  status: InvoiceStatus
  currency: string
  total: number
  amount_paid: number
  amount_remaining: number
  amount_refunded: number
  period_start: string | null
  due_at: string | null
  paid_at: string | null
}

export interface Overview {
  organization: { id: string; name: string; timezone?: string }
  subscription: Subscription | null
  plan: Plan | null
  entitlements: Entitlement[]
  usage_lines: UsageLine[]
  invoices: Invoice[]
  /** What can be done now, as `pay_invoice`. */
  actions: string[]
}

export interface CheckoutSession {
  id: string
  url: string | null
  status: 'open' | 'processing' | 'complete' | 'expired'
}

export type ManageInput =
  | { action: 'cancel' | 'reactivate'; at_period_end: true }
  | { action: 'change_plan'; price_id: string; preview_id?: string; return_url: string }

export interface ManageResult {
  outcome: 'applied' | 'pending' | PendingChange['outcome']
}

/** What a change costs. Amounts are minor units. */
export interface ChangePreview {
  preview_id: string
  currency: string
  due_now: number
  next_charge: { amount: number; at: string } | null
}

export interface PayResult {
  outcome: 'paid' | 'processing' | 'requires_action' | 'pending'
  /** Where the customer has to go on. */
  url?: string
}
