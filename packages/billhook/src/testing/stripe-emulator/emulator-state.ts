import type { TestCard } from './cards.ts'
import type { HeldDiscount } from './discounts.ts'
import type {
  Charge,
  CheckoutSession,
  Coupon,
  Customer,
  Dispute,
  Invoice,
  InvoiceLine,
  InvoicePayment,
  Meter,
  MeterEvent,
  PaymentIntent,
  PaymentMethod,
  PortalSession,
  Price,
  Product,
  PromotionCode,
  Refund,
  StripeEvent,
  StripeObject,
  Subscription,
} from './objects.ts'
import type { PendingResume } from './pending-resume.ts'
import type { PendingUpdate } from './pending-update.ts'

/** What a checkout session will make once it is paid; the API does not show it. */
export interface CheckoutOrder {
  lines: Array<{ id: string; price: string; quantity: number | undefined }>
  subscriptionMetadata: Record<string, string>
  description: string | null
  trialDays: number | null
  trialEnd: number | null
  missingPaymentMethod: string
  needsCardForTrial: boolean
  discount: { coupon: string; promotionCode: string | null } | null
  takesPromotionCodes: boolean
  automaticTax: boolean
}

/** Everything the emulated account holds, by id, in the order of making. */
export interface EmulatorState {
  customers: Map<string, Customer>
  products: Map<string, Product>
  prices: Map<string, Price>
  sessions: Map<string, CheckoutSession>
  orders: Map<string, CheckoutOrder>
  subscriptions: Map<string, Subscription>
  invoices: Map<string, Invoice>
  invoicePayments: Map<string, InvoicePayment>
  paymentIntents: Map<string, PaymentIntent>
  charges: Map<string, Charge>
  refunds: Map<string, Refund>
  disputes: Map<string, Dispute>
  coupons: Map<string, Coupon>
  promotionCodes: Map<string, PromotionCode>
  /** By identifier. */
  meters: Map<string, Meter>
  meterEvents: Map<string, MeterEvent>
  paymentMethods: Map<string, PaymentMethod>
  portalSessions: Map<string, PortalSession>
  events: Map<string, StripeEvent>
  /** Payment method id to the test card behind it. */
  cards: Map<string, TestCard>
  /** Payment methods that the customer has confirmed with the bank. */
  authenticated: Set<string>
  /** Subscription id to proration lines that wait for its next invoice. */
  pendingLines: Map<string, InvoiceLine[]>
  /** Subscription id to a change that waits for its invoice to be paid. */
  pendingUpdates: Map<string, PendingUpdate>
  /** Subscription id to a resumption that waits for its invoice to be paid. */
  pendingResumes: Map<string, PendingResume>
  /** Subscription id to the discount at work on it. */
  discounts: Map<string, HeldDiscount>
  /** Subscription item id to the share of its price that was billed for its period, after discounts: what is unused is worth that. */
  billedShares: Map<string, number>
  /** Subscriptions whose trial_will_end has been sent. */
  trialsAnnounced: Set<string>
  /** Subscription id to the checkout session that still waits for its first payment. */
  awaitingConfirmation: Map<string, string>
  /** Invoice id to the checkout session whose slow payment is on its way. */
  clearing: Map<string, string>
}

export function createState(): EmulatorState {
  return {
    customers: new Map(),
    products: new Map(),
    prices: new Map(),
    sessions: new Map(),
    orders: new Map(),
    subscriptions: new Map(),
    invoices: new Map(),
    invoicePayments: new Map(),
    paymentIntents: new Map(),
    charges: new Map(),
    refunds: new Map(),
    disputes: new Map(),
    coupons: new Map(),
    promotionCodes: new Map(),
    meters: new Map(),
    meterEvents: new Map(),
    paymentMethods: new Map(),
    portalSessions: new Map(),
    events: new Map(),
    cards: new Map(),
    authenticated: new Set(),
    pendingLines: new Map(),
    pendingUpdates: new Map(),
    pendingResumes: new Map(),
    discounts: new Map(),
    billedShares: new Map(),
    trialsAnnounced: new Set(),
    awaitingConfirmation: new Map(),
    clearing: new Map(),
  }
}

/** The map that holds what an id's prefix names; null for an id that is not one of ours. */
export function findById(state: EmulatorState, id: string): StripeObject | null {
  const holders: ReadonlyArray<Map<string, StripeObject>> = [
    state.customers,
    state.products,
    state.prices,
    state.sessions,
    state.subscriptions,
    state.invoices,
    state.invoicePayments,
    state.paymentIntents,
    state.charges,
    state.refunds,
    state.disputes,
    state.coupons,
    state.promotionCodes,
    state.paymentMethods,
  ]
  for (const holder of holders) {
    const found = holder.get(id)
    if (found) return found
  }
  return null
}
