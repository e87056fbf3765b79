import type { SnapshotPreview } from '../sync/index.ts'
import type { Severity } from './reconcile-run.ts'

type Present<T> = Exclude<T, null>
type State = SnapshotPreview['state']
type Table<Row> = Partial<Record<keyof Row, Severity>>

/**
 * What is compared, and how bad it is when it differs. Critical: somebody has access or money wrong. Addresses of hosted pages are left
 * out, because some providers make new ones at every reading.
 */
export const subscriptionFields = {
  status: 'critical',
  planId: 'critical',
  priceId: 'critical',
  quantity: 'critical',
  currency: 'critical',
  paidThroughAt: 'critical',
  currentPeriodStart: 'warning',
  currentPeriodEnd: 'warning',
  billingAnchorAt: 'warning',
  trialEnd: 'warning',
  cancelAt: 'warning',
  endedAt: 'warning',
  pauseKind: 'warning',
  pauseResumesAt: 'warning',
  graceStartedAt: 'warning',
  pauseFrom: 'info',
  trialStart: 'info',
  startedAt: 'info',
  canceledAt: 'info',
  nextActionAt: 'info',
  cycleNo: 'info',
} as const satisfies Table<Present<State['subscription']>>

export const bindingFields = {
  externalStatus: 'warning',
  role: 'warning',
  customerId: 'warning',
} as const satisfies Table<Present<State['binding']>>

/** What may not change once a bill is finalized. */
export const fixedInvoiceFields = {
  currency: 'critical',
  subtotal: 'critical',
  discount: 'critical',
  tax: 'critical',
  total: 'critical',
} as const satisfies Table<Present<State['invoice']>>

export const invoiceFields = {
  ...fixedInvoiceFields,
  status: 'critical',
  creditApplied: 'critical',
  amountDue: 'critical',
  amountPaid: 'critical',
  amountRemaining: 'critical',
  amountRefunded: 'critical',
  subscriptionId: 'critical',
  customerId: 'warning',
  number: 'warning',
  periodStart: 'warning',
  periodEnd: 'warning',
  paidAt: 'warning',
  voidedAt: 'warning',
  billingReason: 'info',
  dueAt: 'info',
  finalizedAt: 'info',
  attemptCount: 'info',
  nextPaymentAttemptAt: 'info',
  externalPaymentIntentId: 'info',
} as const satisfies Table<Present<State['invoice']>>

export interface StoredPayment {
  status: string
  amount: number
  declineCode: string | null
}

export const paymentFields = {
  status: 'critical',
  amount: 'critical',
  declineCode: 'info',
} as const satisfies Table<StoredPayment>

/** Both kinds of money that went back; what one of them lacks is the same on both sides. */
export const moneyBackFields = {
  status: 'critical',
  amount: 'critical',
  currency: 'critical',
  respondBy: 'warning',
  reason: 'info',
  failureMessage: 'info',
} as const satisfies Record<string, Severity>
