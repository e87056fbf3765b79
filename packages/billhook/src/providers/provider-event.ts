import type {
  ChargeData,
  CheckoutSessionData,
  CustomerData,
  DisputeData,
  InvoiceData,
  OurReference,
  RefundData,
  SubscriptionData,
} from './snapshots.ts'

/** One verified fact from a provider's delivery. A delivery may hold several. Stored as it came, before anything is understood. */
export interface VerifiedEvent {
  /** Unique within the provider account: the provider's event id, or what stands for it. */
  dedupeKey: string
  /** Events with one line key are applied one after another; a subscription and its invoices share a line. */
  lineKey: string
  type: string
  /** The provider's own time, with its grain (Stripe: one second). */
  occurredAt: Date | null
  payloadVersion: string | null
  mode: 'live' | 'test'
  /** The payload of this fact as text, as it came. */
  raw: string
}

export interface ExternalRefs {
  externalCustomerId?: string
  externalSubscriptionId?: string
  externalInvoiceId?: string
  externalSessionId?: string
  externalPaymentId?: string
  externalRefundId?: string
  reference?: OurReference
}

/** What kinds there are, and the snapshot each one carries. The writer's table has one line for each. */
export interface ProviderEventSnapshots {
  'checkout.completed': CheckoutSessionData
  'checkout.expired': CheckoutSessionData
  'checkout.failed': CheckoutSessionData
  'subscription.created': SubscriptionData
  'subscription.updated': SubscriptionData
  'subscription.deleted': SubscriptionData
  'subscription.trial_will_end': SubscriptionData
  'invoice.created': InvoiceData
  'invoice.finalized': InvoiceData
  'invoice.updated': InvoiceData
  'invoice.paid': InvoiceData
  'invoice.payment_failed': InvoiceData
  'invoice.payment_action_required': InvoiceData
  'invoice.voided': InvoiceData
  'invoice.uncollectible': InvoiceData
  'charge.changed': ChargeData
  'refund.changed': RefundData
  'dispute.changed': DisputeData
  'customer.updated': CustomerData
  'customer.deleted': CustomerData
}

export type ProviderEventKind = keyof ProviderEventSnapshots

/** Why a snapshot in an event must not be applied as it is but read again from the provider. */
export type RereadReason = 'thin' | 'truncated' | 'incomparable_clock'

export interface ProviderEventOf<K extends ProviderEventKind> {
  kind: K
  refs: ExternalRefs
  snapshot?: ProviderEventSnapshots[K]
  /** The moment the snapshot describes, by the provider's clock. */
  observedAt: Date
  reread?: RereadReason
}

export interface IgnoredProviderEvent {
  kind: 'ignored'
  /** Kept in the inbox row, for the person who asks why nothing happened. */
  reason: string
}

/** What a delivery means. Input of the one writer, never published. */
export type ProviderEvent = { [K in ProviderEventKind]: ProviderEventOf<K> }[ProviderEventKind] | IgnoredProviderEvent
