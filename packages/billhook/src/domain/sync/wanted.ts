import type { InvoiceObservation } from './decide-invoice.ts'
import type { SubscriptionObservation } from './decide-subscription.ts'
import type { Wanted } from './state.ts'

/** What a subscription's snapshot names. */
export const wantedBySubscription = (
  organizationId: string,
  { origin, snapshot }: SubscriptionObservation,
): Wanted => ({
  organizationId,
  provider: origin.provider,
  externalSubscriptionId: snapshot.externalSubscriptionId,
  externalInvoiceId: null,
  externalCustomerId: snapshot.externalCustomerId,
  externalPriceIds: snapshot.items.map((item) => item.externalPriceId),
  externalPaymentIds: [],
  checkoutSessionId: snapshot.reference.checkoutSessionId ?? null,
  periodStart: snapshot.currentPeriodStart,
})

/** What an invoice's snapshot names. */
export const wantedByInvoice = (organizationId: string, { origin, snapshot }: InvoiceObservation): Wanted => ({
  organizationId,
  provider: origin.provider,
  externalSubscriptionId: snapshot.externalSubscriptionId,
  externalInvoiceId: snapshot.externalInvoiceId,
  externalCustomerId: snapshot.externalCustomerId,
  externalPriceIds: snapshot.lines.flatMap((line) => (line.externalPriceId ? [line.externalPriceId] : [])),
  externalPaymentIds: (snapshot.payments ?? []).map((payment) => payment.externalPaymentId),
  checkoutSessionId: null,
  periodStart: null,
})
