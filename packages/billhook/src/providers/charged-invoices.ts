import { billingCalendar, type TermsSince } from './billing-calendar.ts'
import { type Bill, isSetupFee, refundedOf, remainingOf, totalOf } from './charge-ledger.ts'
import type { ChargeData } from './charges.ts'
import { latestCharges } from './latest-charges.ts'
import { settleCharges } from './settle-charges.ts'
import type { BillingReason, InvoiceData, InvoiceLineData, SubscriptionData } from './snapshots.ts'

type BilledField = 'externalSubscriptionId' | 'externalCustomerId' | 'currency' | 'billingAnchorAt' | 'terms'
type TimeField = 'trialStart' | 'trialEnd' | 'endedAt' | 'collectsNothingSince'

/** What bills follow from besides the charges. */
export interface BilledSubscription extends Pick<SubscriptionData, BilledField | TimeField | 'reference'> {
  /** All terms there have been, the present ones last, where somebody kept them. */
  termsHistory?: readonly TermsSince[]
}

export interface ChargedInvoicesInput {
  subscription: BilledSubscription
  charges: readonly ChargeData[]
  at: Date
}

/**
 * The bills of a subscription whose provider makes none, written from what it collected: one for the trial, the setup fee, each cycle that
 * was charged, and each charge that fits nothing; the oldest first. Pure, and the same for any order and repetition of the charges. One
 * charge more may pay a bill, add one, or show that one was none; it never changes what a bill asks for.
 */
export function invoicesOfCharges({ subscription, charges, at }: ChargedInvoicesInput): InvoiceData[] {
  const history = subscription.termsHistory ?? presentTerms(subscription)
  const [first] = history
  if (!first) return []
  // Nobody tried to collect what was called off.
  const tried = latestCharges(charges).filter(({ status }) => status !== 'canceled')
  const bills = settleCharges(billingCalendar(history), subscription.currency, tried)
  const invoices = bills.map((bill) => invoiceOf(subscription, bill, refundedOf(bill, bills)))
  return [...trialInvoice(subscription, first, at), ...invoices].sort(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.externalInvoiceId < b.externalInvoiceId ? -1 : 1),
  )
}

/** The subscription that a bill of ours belongs to, by the provider's id. */
export const subscriptionOfBill = (externalInvoiceId: string): string =>
  externalInvoiceId.replace(/\/(trial(~\d+)?|setup(\/\d+)?(~\d+)?|cycle\/[^/]*|charge\/.*)$/s, '')

const presentTerms = ({ terms, billingAnchorAt }: BilledSubscription): TermsSince[] =>
  terms && billingAnchorAt ? [{ from: billingAnchorAt, anchorAt: billingAnchorAt, terms }] : []

function invoiceOf(subscription: BilledSubscription, bill: Bill, amountRefunded: number): InvoiceData {
  const { subtotal, tax, currency, openedAt, cycle } = bill
  const attempts = bill.attempts.toSorted((a, b) => a.charge.attemptedAt.getTime() - b.charge.attemptedAt.getTime())
  const isPaid = remainingOf(bill) === 0
  const last = attempts.at(-1)?.charge
  return {
    ...frameOf(subscription, bill.key, openedAt),
    status: isPaid ? 'paid' : 'open',
    billingReason: reasonOf(subscription, bill),
    currency,
    subtotal,
    tax,
    total: totalOf(bill),
    amountDue: totalOf(bill),
    amountPaid: totalOf(bill) - remainingOf(bill),
    amountRemaining: remainingOf(bill),
    amountRefunded,
    periodStart: cycle?.start ?? null,
    periodEnd: cycle?.end ?? null,
    // It is due when it is first collected.
    dueAt: attempts[0]?.charge.attemptedAt ?? null,
    paidAt: isPaid ? (attempts.findLast(({ allocated }) => allocated > 0)?.charge.attemptedAt ?? openedAt) : null,
    attemptCount: attempts.filter(({ charge }) => charge.status === 'failed' || charge.status === 'succeeded').length,
    nextPaymentAttemptAt: isPaid || !last || isCalledOff(subscription, last) ? null : last.nextAttemptAt,
    lines: [lineOf(bill)],
    payments: attempts.map(({ charge, allocated }) => ({ ...paymentOf(charge), amountAllocated: allocated })),
  }
}

/** Whoever stops collecting does not come back to what was planned: it is asked for with the next cycle, or by somebody. */
const isCalledOff = (
  { endedAt, collectsNothingSince: since }: BilledSubscription,
  { attemptedAt }: ChargeData,
): boolean => endedAt !== null || (since instanceof Date && attemptedAt <= since)

/** What all of them have in common. */
const frameOf = (
  { externalSubscriptionId, externalCustomerId, reference }: BilledSubscription,
  key: string,
  openedAt: Date,
) => ({
  externalInvoiceId: `${externalSubscriptionId}/${key}`,
  externalCustomerId,
  externalSubscriptionId,
  number: null,
  discount: 0,
  creditApplied: 0,
  createdAt: openedAt,
  finalizedAt: openedAt,
  voidedAt: null,
  hostedUrl: null,
  pdfUrl: null,
  reference,
})

const paymentOf = (charge: ChargeData) => ({
  externalPaymentId: charge.externalPaymentId,
  status: charge.status,
  amount: charge.amount,
  currency: charge.currency,
  declineCode: charge.declineCode,
  failureMessage: charge.failureMessage,
  attemptedAt: charge.attemptedAt,
})

function reasonOf({ trialEnd }: BilledSubscription, { key, cycle }: Bill): BillingReason {
  if (isSetupFee(key)) return 'subscription_create'
  if (!cycle) return 'manual'
  return cycle.n === 1 && !trialEnd ? 'subscription_create' : 'subscription_cycle'
}

function lineOf({ key, cycle, subtotal, openedAt }: Bill): InvoiceLineData {
  const other = isSetupFee(key) ? 'Setup fee' : `Charge of ${dayOf(openedAt)}`
  return {
    externalLineId: null,
    description: cycle ? `Subscription, ${dayOf(cycle.start)} to ${dayOf(cycle.end)}` : other,
    quantity: cycle?.terms.quantity ?? 1,
    amount: subtotal,
    externalPriceId: cycle?.terms.externalPriceId ?? null,
    periodStart: cycle?.start ?? null,
    periodEnd: cycle?.end ?? null,
    proration: false,
  }
}

/** A trial costs nothing, and has a bill that says so. */
function trialInvoice(subscription: BilledSubscription, { terms }: TermsSince, at: Date): InvoiceData[] {
  const { trialStart, trialEnd, currency } = subscription
  if (!trialStart || !trialEnd || trialStart > at) return []
  const period = { periodStart: trialStart, periodEnd: trialEnd }
  return [
    {
      ...frameOf(subscription, 'trial', trialStart),
      ...period,
      status: 'paid',
      billingReason: 'subscription_create',
      currency,
      subtotal: 0,
      tax: 0,
      total: 0,
      amountDue: 0,
      amountPaid: 0,
      amountRemaining: 0,
      amountRefunded: 0,
      dueAt: null,
      paidAt: trialStart,
      attemptCount: 0,
      nextPaymentAttemptAt: null,
      lines: [
        {
          ...period,
          externalLineId: null,
          description: `Trial, ${dayOf(trialStart)} to ${dayOf(trialEnd)}`,
          quantity: terms.quantity,
          amount: 0,
          externalPriceId: terms.externalPriceId,
          proration: false,
        },
      ],
      payments: [],
    },
  ]
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10)
