import type { subscriptionChanges, subscriptionItems, subscriptionPeriods } from '../../db/schema/index.ts'
import type { Hold } from './hold.ts'
import type { InvoiceSequenceRow } from './invoice-sequence.ts'
import type { InvoiceLineRow, InvoiceRow } from './invoice-store.ts'
import type { BindingRow, CheckoutSessionRow, MappedPrice, SubscriptionRow } from './store.ts'

export type SubscriptionItemRow = typeof subscriptionItems.$inferSelect
export type SubscriptionPeriodRow = typeof subscriptionPeriods.$inferSelect
export type SubscriptionChangeRow = typeof subscriptionChanges.$inferSelect

/** What a snapshot names, and a decision about it therefore looks at. */
export interface Wanted {
  organizationId: string
  provider: string
  externalSubscriptionId: string | null
  externalInvoiceId: string | null
  externalCustomerId: string
  externalPriceIds: string[]
  externalPaymentIds: string[]
  checkoutSessionId: string | null
  periodStart: Date | null
}

/** A bill that is not paid. */
export interface Debt {
  invoiceId: string
  since: Date
}

/** A subscription of ours that is live as far as we have heard, and the provider's whose word that is. */
export interface LiveSubscription {
  row: SubscriptionRow
  billedBy: { provider: string; externalSubscriptionId: string } | null
}

/** Everything that a decision about a subscription or an invoice may look at, as it is under the organization's lock. */
export interface SyncState {
  organizationId: string
  binding: BindingRow | null
  /** The binding's. */
  hold: Hold | null
  /** The binding's, or the invoice's where the snapshot names none. */
  subscription: SubscriptionRow | null
  /** The organization's live ones, of every product line. */
  live: LiveSubscription[]
  /** The binding's. */
  items: SubscriptionItemRow[]
  openChange: SubscriptionChangeRow | null
  /** Our id of the customer that the snapshot names. */
  customerId: string | null
  checkout: CheckoutSessionRow | null
  /** Of the external prices that the snapshot names, in the order of their ids, so that every process chooses alike. */
  prices: MappedPrice[]
  /** The subscription's period that begins when the snapshot's does, and its last one. */
  period: SubscriptionPeriodRow | null
  lastPeriod: SubscriptionPeriodRow | null
  /** The subscription's open bills. */
  debts: Debt[]
  invoice: InvoiceRow | null
  lines: InvoiceLineRow[]
  /** Where the organization's own numbering stands; null before the first number. */
  sequence: InvoiceSequenceRow | null
  /** Our ids of the payments that the snapshot names and we know, by their external ids. */
  paymentIds: Map<string, string>
  /** What was given back of the invoice, by the refunds of it that succeeded. Minor units. */
  refunded: number
}
