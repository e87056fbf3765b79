import { type BillingFact, type Invoice, invoiceFactsOf } from '../../outbox/billing-event.ts'
import type { PaymentData } from '../../providers/provider.ts'
import type { InvoiceRow } from './invoice-store.ts'

type InvoiceFactType = Extract<BillingFact['type'], `invoice.${string}`>
type Rule = {
  type: InvoiceFactType
  holds: (before: InvoiceRow | null, after: InvoiceRow, payments: readonly PaymentData[]) => boolean
}

const rules: readonly Rule[] = [
  { type: 'invoice.created', holds: (before) => before === null },
  {
    type: 'invoice.finalized',
    holds: (before, after) => after.status !== 'draft' && (before === null || before.status === 'draft'),
  },
  {
    type: 'invoice.payment_failed',
    // Each attempt fails once, and an invoice that is paid already does not fail any more.
    holds: (before, after) =>
      (after.status === 'open' || after.status === 'uncollectible') && after.attemptCount > (before?.attemptCount ?? 0),
  },
  {
    type: 'invoice.payment_action_required',
    holds: (before, after, payments) =>
      after.status === 'open' &&
      payments.some((payment) => payment.status === 'requires_action') &&
      before?.externalPaymentIntentId !== after.externalPaymentIntentId,
  },
  { type: 'invoice.paid', holds: (before, after) => after.status === 'paid' && before?.status !== 'paid' },
  { type: 'invoice.voided', holds: (before, after) => after.status === 'void' && before?.status !== 'void' },
  {
    type: 'invoice.uncollectible',
    holds: (before, after) => after.status === 'uncollectible' && before?.status !== 'uncollectible',
  },
]

/** What the difference of two states of an invoice says. Nothing else emits invoice events. */
export function invoiceFacts(
  before: InvoiceRow | null,
  after: InvoiceRow,
  view: Invoice,
  payments: readonly PaymentData[],
): BillingFact[] {
  const data = invoiceFactsOf(view)
  return rules
    .filter((rule) => rule.holds(before, after, payments))
    .map(({ type }) => ({ type, objectId: after.id, data }))
}
