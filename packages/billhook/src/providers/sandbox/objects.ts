import { randomBytes } from 'node:crypto'
import type { Interval } from '../../primitives/index.ts'
import type { BillingTerms, OurReference } from '../snapshots.ts'
import type { SandboxToldCharge } from './charges.ts'
import type { SandboxCoupon, SandboxDiscount } from './coupons.ts'
import type { SandboxDispute } from './disputes.ts'
import type { SandboxCharge } from './make-invoice.ts'
import type { SandboxPause } from './pause.ts'
import type { SandboxOffer } from './planned-changes.ts'
import type { SandboxPortalSession } from './portal.ts'
import type { SandboxRefund } from './refunds.ts'
import type { SandboxUsageRecord } from './usage.ts'

/** The sandbox's own objects, as its state and its webhooks hold them: plain JSON, times as RFC 3339 text, amounts in minor units. */
export type Metadata = Record<string, string>

export interface SandboxCustomer {
  object: 'customer'
  id: string
  email: string
  name: string
  country: string
  currency: string
  /** What negative invoices left over, by currency; used up by the invoices that follow. */
  credit: Record<string, number>
  metadata: Metadata
  created_at: string
}

export interface SandboxProduct {
  object: 'product'
  id: string
  name: string
  description: string | null
}

export interface SandboxPrice {
  object: 'price'
  id: string
  product: string
  currency: string
  amount: number
  interval: Interval
  interval_count: number
}

export interface SandboxCheckoutSession {
  object: 'checkout_session'
  id: string
  customer: string
  price: string
  quantity: number
  trial_days: number
  coupon: string | null
  allow_promotion_codes: boolean
  success_url: string
  cancel_url: string
  url: string
  status: 'open' | 'complete' | 'expired'
  subscription: string | null
  expires_at: string
  metadata: Metadata
  created_at: string
}

export interface SandboxItem {
  id: string
  price: string
  quantity: number
}

export interface SandboxLine {
  id: string
  description: string
  quantity: number
  amount: number
  price: string
  period_start: string
  period_end: string
  proration: boolean
}

export interface SandboxSubscription {
  object: 'subscription'
  id: string
  customer: string
  status: 'trialing' | 'active' | 'past_due' | 'unpaid' | 'canceled'
  currency: string
  items: SandboxItem[]
  interval: Interval
  interval_count: number
  /** All period boundaries are counted from it; period 0 starts there, a trial is period -1. */
  anchor_at: string
  period_ordinal: number
  current_period_start: string
  current_period_end: string
  trial_start: string | null
  trial_end: string | null
  trial_will_end_sent: boolean
  cancel_at_period_end: boolean
  canceled_at: string | null
  ended_at: string | null
  latest_invoice: string | null
  /** Items that take the place of these with the next period. */
  next_items?: SandboxItem[]
  /** Prorations that wait for the next invoice. */
  pending_lines: SandboxLine[]
  /** Finalized and not paid, oldest first; a null time means that nobody will try again. */
  open_invoices: Array<{ invoice: string; next_attempt_at: string | null }>
  /** The id of a test card. */
  card: string
  /** What a cycle costs, where there are no documents that say so. */
  terms: BillingTerms | null
  discount: SandboxDiscount | null
  pause: SandboxPause | null
  metadata: Metadata
  created_at: string
}

export interface SandboxPayment {
  id: string
  status: 'succeeded' | 'failed'
  amount: number
  currency: string
  decline_code: string | null
  message: string | null
  attempted_at: string
  amount_refunded: number
  /** The dispute that is open about it. */
  dispute: string | null
}

export interface SandboxInvoice {
  object: 'invoice'
  id: string
  number: string
  customer: string
  subscription: string
  status: 'open' | 'paid'
  billing_reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update'
  currency: string
  lines: SandboxLine[]
  discount: number
  /** The sum of the lines without the discount: the sandbox knows no tax. */
  total: number
  credit_applied: number
  amount_due: number
  amount_paid: number
  amount_refunded: number
  period_start: string
  period_end: string
  created_at: string
  paid_at: string | null
  attempt_count: number
  next_attempt_at: string | null
  /** Where it can be paid with another card. */
  hosted_url: string
  payments: SandboxPayment[]
  metadata: Metadata
}

export interface SandboxObjects {
  customer: SandboxCustomer
  product: SandboxProduct
  price: SandboxPrice
  checkout_session: SandboxCheckoutSession
  subscription: SandboxSubscription
  invoice: SandboxInvoice
  charge: SandboxCharge
  refund: SandboxRefund
  dispute: SandboxDispute
  coupon: SandboxCoupon
  portal_session: SandboxPortalSession
  offer: SandboxOffer
  usage_record: SandboxUsageRecord
}
export type ObjectKind = keyof SandboxObjects
export type SandboxObject = SandboxObjects[ObjectKind]
/** What webhooks tell about. */
export type ToldObject =
  | SandboxCheckoutSession
  | SandboxSubscription
  | SandboxInvoice
  | SandboxToldCharge
  | SandboxRefund
  | SandboxDispute

const idPrefixes = {
  customer: 'cus',
  product: 'prod',
  price: 'price',
  checkout_session: 'cs',
  subscription: 'sub',
  invoice: 'in',
  item: 'si',
  line: 'il',
  payment: 'pay',
  event: 'evt',
  refund: 're',
  dispute: 'dp',
  coupon: 'coupon',
  promotion_code: 'promo',
  portal_session: 'ps',
  offer: 'offer',
  usage_record: 'ur',
} as const

export function newId(kind: keyof typeof idPrefixes): string {
  return `sbx_${idPrefixes[kind]}_${randomBytes(12).toString('hex')}`
}

const metadataKeys = {
  organizationId: 'organization_id',
  checkoutSessionId: 'checkout_session_id',
  subscriptionId: 'subscription_id',
  operationId: 'operation_id',
} as const satisfies Record<keyof OurReference, string>
const referenceKeys = Object.keys(metadataKeys) as Array<keyof OurReference>

export function toMetadata(reference: OurReference): Metadata {
  const metadata: Metadata = {}
  for (const key of referenceKeys) {
    const value = reference[key]
    if (value !== undefined) metadata[metadataKeys[key]] = value
  }
  return metadata
}

export function toReference(metadata: Metadata): OurReference {
  const reference: OurReference = {}
  for (const key of referenceKeys) {
    const value = metadata[metadataKeys[key]]
    if (value !== undefined) reference[key] = value
  }
  return reference
}
