import type { ChargeData } from '../snapshots.ts'
import { fromApiAmount } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { type CustomFields, fromCustomId } from './reference.ts'
import { paymentStatus } from './status.ts'
import type { FailedPayment, SubscriptionWire } from './wire.ts'
import type { SaleWire, Transaction } from './wire-money.ts'

/** Whose attempt it was. */
export interface Charged extends CustomFields {
  externalSubscriptionId: string
}

export const chargedOf = ({ id, custom_id }: SubscriptionWire): Charged => ({
  externalSubscriptionId: id,
  ...fromCustomId(custom_id, id),
})

/**
 * The webhook of a failed payment names no transaction and the list of transactions does, so neither uses it: an attempt is named after
 * its subscription and its day. PayPal tries again days later.
 */
export const failedPaymentId = (externalSubscriptionId: string, attemptedAt: Date): string =>
  `${externalSubscriptionId}/failed/${attemptedAt.toISOString().slice(0, 10)}`

/** What failed is named so, whoever tells it; a sale that was denied was perhaps told while it was pending, by its id. */
const idsOf = (id: string, charge: Pick<ChargeData, 'externalSubscriptionId' | 'status' | 'attemptedAt'>) =>
  charge.status === 'failed'
    ? {
        externalPaymentId: failedPaymentId(charge.externalSubscriptionId, charge.attemptedAt),
        pendingPaymentId: id,
      }
    : { externalPaymentId: id }

/** What a payment was declined for is on the subscription; a failed transaction says only that it failed. */
const noReason = { nextAttemptAt: null, declineCode: null, failureMessage: null }

export function normalizeTransaction(wire: Transaction, charged: Charged): ChargeData {
  const status = paymentStatus(wire.status)
  const { gross_amount: gross, tax_amount: tax } = wire.amount_with_breakdown
  if (!wire.time) throw new UnreadableObject(`PayPal's transaction ${wire.id} shows no time.`)
  const amount = fromApiAmount(gross.value, gross.currency_code)
  return {
    ...charged,
    ...idsOf(wire.id, { ...charged, status, attemptedAt: wire.time }),
    status,
    amount,
    tax: tax ? fromApiAmount(tax.value, tax.currency_code) : 0,
    currency: gross.currency_code,
    // Of a partial refund the list does not say how much.
    amountRefunded: wire.status === 'REFUNDED' ? amount : 0,
    attemptedAt: wire.time,
    ...noReason,
  }
}

export function normalizeSale(wire: SaleWire, charged: Charged, toldAt: Date): ChargeData {
  const { total, currency, details } = wire.amount
  const amount = fromApiAmount(total, currency)
  const status = paymentStatus(wire.state)
  const attemptedAt = wire.create_time ?? toldAt
  return {
    ...charged,
    ...idsOf(wire.id, { ...charged, status, attemptedAt }),
    status,
    amount,
    tax: details?.tax ? fromApiAmount(details.tax, currency) : 0,
    currency,
    amountRefunded: wire.state === 'refunded' ? amount : 0,
    attemptedAt,
    nextAttemptAt: null,
    declineCode: status === 'failed' ? wire.reason_code : null,
    failureMessage: null,
  }
}

/** Null where no attempt failed, or PayPal does not say when. `tax` cannot be told of it; the bill knows it from the terms. */
export function normalizeFailedPayment(wire: FailedPayment | null | undefined, charged: Charged): ChargeData | null {
  if (!wire?.time) return null
  return {
    ...charged,
    externalPaymentId: failedPaymentId(charged.externalSubscriptionId, wire.time),
    status: 'failed',
    amount: fromApiAmount(wire.amount.value, wire.amount.currency_code),
    tax: 0,
    currency: wire.amount.currency_code,
    amountRefunded: 0,
    attemptedAt: wire.time,
    nextAttemptAt: wire.next_payment_retry_time,
    declineCode: wire.reason_code,
    failureMessage: null,
  }
}
