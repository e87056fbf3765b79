import type {
  CheckoutSessionData,
  CheckoutStatus,
  CustomerData,
  InvoiceData,
  InvoiceLineData,
  InvoiceStatus,
  PaymentData,
  SubscriptionData,
  SubscriptionStatus,
} from '../snapshots.ts'
import {
  type SandboxCheckoutSession,
  type SandboxCustomer,
  type SandboxInvoice,
  type SandboxLine,
  type SandboxPayment,
  type SandboxSubscription,
  toReference,
} from './objects.ts'

/** Theirs to ours: the statuses first, then the objects they belong to. All of it is pure. */
const checkoutStatuses: Record<SandboxCheckoutSession['status'], CheckoutStatus> = {
  open: 'open',
  complete: 'complete',
  expired: 'expired',
}

const subscriptionStatuses: Record<SandboxSubscription['status'], SubscriptionStatus> = {
  trialing: 'trialing',
  active: 'active',
  past_due: 'past_due',
  unpaid: 'unpaid',
  canceled: 'canceled',
}

const invoiceStatuses: Record<SandboxInvoice['status'], InvoiceStatus> = { open: 'open', paid: 'paid' }

const instant = (text: string) => new Date(text)
const instantOrNull = (text: string | null) => (text === null ? null : new Date(text))

export function toCustomerData(customer: SandboxCustomer): CustomerData {
  return {
    externalCustomerId: customer.id,
    email: customer.email,
    name: customer.name,
    currency: customer.currency,
    deleted: false,
    reference: toReference(customer.metadata),
  }
}

export function toCheckoutSessionData(session: SandboxCheckoutSession): CheckoutSessionData {
  return {
    externalSessionId: session.id,
    status: checkoutStatuses[session.status],
    url: session.status === 'open' ? session.url : null,
    externalCustomerId: session.customer,
    externalSubscriptionId: session.subscription,
    expiresAt: instant(session.expires_at),
    reference: toReference(session.metadata),
  }
}

export function toSubscriptionData(subscription: SandboxSubscription): SubscriptionData {
  return {
    externalSubscriptionId: subscription.id,
    externalCustomerId: subscription.customer,
    status: subscription.pause?.kind === 'service' ? 'paused' : subscriptionStatuses[subscription.status],
    currency: subscription.currency,
    items: subscription.items.map((item) => ({
      externalItemId: item.id,
      externalPriceId: item.price,
      quantity: item.quantity,
    })),
    currentPeriodStart: instant(subscription.current_period_start),
    currentPeriodEnd: instant(subscription.current_period_end),
    billingAnchorAt: instant(subscription.anchor_at),
    startedAt: instant(subscription.created_at),
    trialStart: instantOrNull(subscription.trial_start),
    trialEnd: instantOrNull(subscription.trial_end),
    cancelAt: subscription.cancel_at_period_end ? instant(subscription.current_period_end) : null,
    canceledAt: instantOrNull(subscription.canceled_at),
    endedAt: instantOrNull(subscription.ended_at),
    pause: subscription.pause && {
      kind: subscription.pause.kind,
      from: instant(subscription.pause.from),
      resumesAt: instantOrNull(subscription.pause.resumes_at),
    },
    ...(subscription.terms
      ? { latestExternalInvoiceId: null, terms: subscription.terms }
      : { latestExternalInvoiceId: subscription.latest_invoice }),
    reference: toReference(subscription.metadata),
  }
}

export function toInvoiceData(invoice: SandboxInvoice): InvoiceData {
  return {
    externalInvoiceId: invoice.id,
    externalCustomerId: invoice.customer,
    externalSubscriptionId: invoice.subscription,
    number: invoice.number,
    status: invoiceStatuses[invoice.status],
    billingReason: invoice.billing_reason,
    currency: invoice.currency,
    subtotal: invoice.total + invoice.discount,
    discount: invoice.discount,
    tax: 0,
    total: invoice.total,
    creditApplied: invoice.credit_applied,
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    amountRemaining: invoice.amount_due - invoice.amount_paid,
    amountRefunded: invoice.amount_refunded,
    periodStart: instant(invoice.period_start),
    periodEnd: instant(invoice.period_end),
    createdAt: instant(invoice.created_at),
    dueAt: null,
    finalizedAt: instant(invoice.created_at),
    paidAt: instantOrNull(invoice.paid_at),
    voidedAt: null,
    attemptCount: invoice.attempt_count,
    nextPaymentAttemptAt: instantOrNull(invoice.next_attempt_at),
    hostedUrl: invoice.hosted_url,
    pdfUrl: null,
    lines: invoice.lines.map(toInvoiceLineData),
    payments: invoice.payments.map(toPaymentData),
    reference: toReference(invoice.metadata),
  }
}

export function toInvoiceLineData(line: SandboxLine): InvoiceLineData {
  return {
    externalLineId: line.id,
    description: line.description,
    quantity: line.quantity,
    amount: line.amount,
    externalPriceId: line.price,
    periodStart: instant(line.period_start),
    periodEnd: instant(line.period_end),
    proration: line.proration,
  }
}

function toPaymentData(payment: SandboxPayment): PaymentData {
  return {
    externalPaymentId: payment.id,
    status: payment.status,
    amount: payment.amount,
    currency: payment.currency,
    declineCode: payment.decline_code,
    failureMessage: payment.message,
    attemptedAt: instant(payment.attempted_at),
  }
}
