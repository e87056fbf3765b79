import type { BillingEventSource } from '../../outbox/billing-event.ts'
import type { OpenAlertInput } from '../alerts/index.ts'
import type { InvoiceRow } from './invoice-store.ts'

/** By what was paid, not by the total: credit that was used up is not given back by a refund. */
export const isRefundedInFull = ({ amountPaid, amountRefunded }: InvoiceRow): boolean =>
  amountPaid > 0 && amountRefunded >= amountPaid

/**
 * What the full refund policy has to look at: a bill of a subscription that went back whole while its time still runs. What moves in is
 * history and ends nothing.
 */
export function refundedInFull(
  { id, subscriptionId, periodEnd, externalInvoiceId, provider }: InvoiceRow,
  { at, source }: { at: Date; source: BillingEventSource },
): OpenAlertInput[] {
  if (!subscriptionId || !periodEnd || periodEnd <= at || source === 'import') return []
  return [
    {
      kind: 'invoice_refunded',
      subject: id,
      severity: 'info',
      detail: `All that was paid of invoice ${externalInvoiceId} of ${provider} went back; by policy this ends what it paid for.`,
      facts: { subscription_id: subscriptionId, period_end: periodEnd },
    },
  ]
}
