import type { Money } from './amounts.ts'
import type { ApplicationContext, Frequency, PlanBody, PricingSchemeBody, Subscriber } from './schemas.ts'

/** What the emulator holds; times are seconds since 1970, amounts minor units. `render.ts` writes them as the API does. */
export interface HeldProduct {
  id: string
  name: string
  type: string
  description?: string
  category?: string
  image_url?: string
  home_url?: string
  createdAt: number
  updatedAt: number
}

/** A price and when it began to hold. */
export interface DatedScheme {
  version: number
  from: number
  scheme: PricingSchemeBody
  createdAt: number
}

export interface HeldCycle {
  tenure: 'REGULAR' | 'TRIAL'
  sequence: number
  /** 0: without end. */
  total: number
  frequency: Frequency
  /** Oldest first; the last that holds is the price. Empty: a free trial. */
  schemes: DatedScheme[]
}

/** What is charged when: a plan's, or the copy that a subscription has of them with its own deviations. */
export interface Terms {
  currency: string
  cycles: HeldCycle[]
  preferences: PlanBody['payment_preferences']
  taxes: NonNullable<PlanBody['taxes']> | null
}

export interface HeldPlan {
  id: string
  productId: string
  name: string
  description?: string
  status: 'CREATED' | 'INACTIVE' | 'ACTIVE'
  quantitySupported: boolean
  terms: Terms
  createdAt: number
  updatedAt: number
}

export type SubscriptionStatus = 'APPROVAL_PENDING' | 'APPROVED' | 'ACTIVE' | 'SUSPENDED' | 'CANCELLED' | 'EXPIRED'

/** How the buyer's funding source behaves; `fails_later` pays the first time and never again. */
export type Funding = 'pays' | 'declines' | 'fails_later'

/** What the buyer is asked to agree to, at first or for a revision. */
export interface Approval {
  baToken: string
  token: string
  endsAt: number
  context: ApplicationContext | null
}

export interface Revision extends Approval {
  planId: string
  quantity: string
  shipping: Money | null
  terms: Terms
  isOverridden: boolean
}

export interface Charge {
  /** With tax and shipping. */
  total: number
  tax: number
  shipping: number
}

/** A cycle whose charge failed and is tried again. */
export interface OwedCycle {
  sequence: number
  charge: Charge
  attempts: number
}

export interface Billing {
  /** Index into the terms' cycles: which of them the next one to begin belongs to. */
  position: number
  /** Where the cycles of that position are counted from, and how many of them have begun. */
  anchor: number
  begun: number
  /** Cycles that were charged, or given up, by sequence. */
  completed: Record<number, number>
  outstanding: number
  /** The tax that is part of `outstanding`. */
  outstandingTax: number
  failures: number
  owed: OwedCycle | null
  retryAt: number | null
  /** What `next_billing_time` shows; null when no charge comes any more. */
  nextAt: number | null
  endsAt: number | null
  lastPayment: { amount: number; at: number } | null
  lastFailure: { amount: number; at: number } | null
}

export interface HeldSubscription {
  id: string
  planId: string
  status: SubscriptionStatus
  statusNote: string | null
  statusUpdatedAt: number
  createdAt: number
  updatedAt: number
  startAt: number
  quantity: string
  customId: string | null
  subscriber: Subscriber
  payerId: string | null
  shipping: Money | null
  terms: Terms
  isOverridden: boolean
  funding: Funding
  source: 'paypal' | 'card'
  approval: Approval
  /** An offer that waits for the buyer's consent. */
  revision: Revision | null
  /** From activation on. */
  billing: Billing | null
}

export interface HeldSale {
  id: string
  subscriptionId: string
  /** `declined` was never a sale: only the list of transactions knows it. */
  state: 'completed' | 'pending' | 'denied' | 'declined'
  hold: 'HELD' | 'RELEASED' | null
  isReversed: boolean
  currency: string
  amount: number
  tax: number
  shipping: number
  refunded: number
  custom: string | null
  at: number
  updatedAt: number
}

export interface HeldRefund {
  id: string
  saleId: string
  amount: number
  currency: string
  reason?: string
  description?: string
  invoiceNumber?: string
  at: number
}

export interface HeldDispute {
  id: string
  saleId: string
  status: 'OPEN' | 'WAITING_FOR_SELLER_RESPONSE' | 'UNDER_REVIEW' | 'RESOLVED'
  stage: 'INQUIRY' | 'CHARGEBACK'
  reason: string
  outcome: 'RESOLVED_BUYER_FAVOUR' | 'RESOLVED_SELLER_FAVOUR' | null
  createdAt: number
  updatedAt: number
}

export interface Webhook {
  id: string
  url: string
  event_types: Array<{ name: string }>
}

export interface PaypalEvent {
  id: string
  event_version: string
  create_time: string
  resource_type: string
  resource_version?: string
  event_type: string
  summary: string
  resource: Record<string, unknown>
  links: Array<{ href: string; rel: string; method: string }>
}
