import type { externalRefs, invoiceLines, paymentAllocations, payments } from '../../db/schema/index.ts'
import type { BillingEventSource, BillingFact } from '../../outbox/billing-event.ts'
import type { OpenAlertInput } from '../alerts/index.ts'
import type { AppendAuditEntryInput } from '../audit/index.ts'
import type { InvoiceSequenceRow } from './invoice-sequence.ts'
import type { InvoiceRow } from './invoice-store.ts'
import type { SyncOutcome } from './outcome.ts'
import type { SubscriptionChangeRow, SubscriptionItemRow, SubscriptionPeriodRow } from './state.ts'
import type { BindingRow, CheckoutSessionRow, SubscriptionRow } from './store.ts'

/** A row as it is to be. `isNew`: it is not there yet, else every column is set. */
export interface Put<Row> {
  row: Row
  isNew: boolean
}

export type NewInvoiceLine = typeof invoiceLines.$inferInsert
export type NewPayment = typeof payments.$inferInsert
export type NewAllocation = typeof paymentAllocations.$inferInsert

/** What is to be written: everything that one snapshot makes different, and nothing else. */
export interface Changes {
  refs: Array<Omit<typeof externalRefs.$inferInsert, 'organizationId'>>
  subscription?: Put<SubscriptionRow>
  /** Paid time is given up: the one exception to its moving only forward. */
  endsNow?: boolean
  binding?: Put<BindingRow>
  items: SubscriptionItemRow[]
  /** Ids of items that the provider no longer lists. */
  goneItems: string[]
  period?: Put<SubscriptionPeriodRow>
  /** One that is over, as its end is known by now. */
  pastPeriod?: SubscriptionPeriodRow
  /** A period heard of after a later one: those after it are numbered anew. */
  latePeriod?: SubscriptionPeriodRow
  change?: SubscriptionChangeRow
  checkout?: CheckoutSessionRow
  invoice?: Put<InvoiceRow>
  /** All lines of the invoice; left out, they stay. */
  lines?: NewInvoiceLine[]
  /** Its number, where we give it. */
  sequence?: InvoiceSequenceRow
  payments: NewPayment[]
  /** What of payments came to the invoice. */
  allocations: NewAllocation[]
  /** Other allocations to it are gone. */
  allocatesAnew?: boolean
  facts: BillingFact[]
  alerts: OpenAlertInput[]
  audits: AppendAuditEntryInput[]
}

/** What became of a snapshot, before anything is written. */
export interface Decision {
  organizationId: string
  outcome: SyncOutcome
  changes: Changes
  source: BillingEventSource
  /** By the billing clock. */
  occurredAt: Date
}

export const noChanges = (): Changes => ({
  refs: [],
  items: [],
  goneItems: [],
  payments: [],
  allocations: [],
  facts: [],
  alerts: [],
  audits: [],
})
