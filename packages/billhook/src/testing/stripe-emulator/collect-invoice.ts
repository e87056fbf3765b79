import { change, type EmulatorContext } from './emulator-context.ts'
import type { Charge, Invoice, InvoicePayment, PaymentIntent } from './objects.ts'

export type CollectOutcome = 'paid' | 'processing' | 'declined' | 'requires_action' | 'no_payment_method'

/** What a payment by this method would come to; test cards are certain. */
export function outcomeOf(context: EmulatorContext, paymentMethod: string | null, reason: string): CollectOutcome {
  const card = paymentMethod === null ? undefined : context.state.cards.get(paymentMethod)
  if (paymentMethod === null || !card) return 'no_payment_method'
  const behavior = reason === 'subscription_create' ? card.first : card.renewal
  if (behavior === 'processing') return 'processing'
  if (behavior !== 'requires_action') return behavior === 'pays' ? 'paid' : 'declined'
  return context.state.authenticated.has(paymentMethod) ? 'paid' : 'requires_action'
}

/** One attempt to collect an open invoice, with the events that follow from it. */
export function collectInvoice(
  context: EmulatorContext,
  invoice: Invoice,
  paymentMethod: string | null,
): CollectOutcome {
  if (invoice.amount_remaining === 0) {
    markInvoicePaid(context, invoice, 'credit')
    return 'paid'
  }
  const outcome = outcomeOf(context, paymentMethod, invoice.billing_reason)
  if (outcome === 'paid') {
    recordCharge(context, invoice, paymentMethod)
    markInvoicePaid(context, invoice, 'charge')
    return outcome
  }
  if (outcome === 'processing') startClearing(context, invoice, paymentMethod)
  else recordFailure(context, invoice, paymentMethod, outcome)
  return outcome
}

/** A bank debit was sent; only `clearPayment` says how it ends. */
function startClearing(context: EmulatorContext, invoice: Invoice, paymentMethod: string | null): void {
  const intent = openPaymentOf(context, invoice)?.intent
  if (intent) Object.assign(intent, { last_payment_error: null, payment_method: paymentMethod, status: 'processing' })
  change(context, invoice, 'invoice.updated', () => {
    invoice.next_payment_attempt = null
  })
}

export function isClearing(context: EmulatorContext, invoice: Invoice): boolean {
  return openPaymentOf(context, invoice)?.intent.status === 'processing'
}

/** How a payment that was clearing ended. */
export function endClearing(context: EmulatorContext, invoice: Invoice, outcome: 'paid' | 'declined'): void {
  const method = openPaymentOf(context, invoice)?.intent.payment_method ?? null
  if (outcome === 'declined') {
    recordFailure(context, invoice, method, 'declined')
    return
  }
  recordCharge(context, invoice, method)
  markInvoicePaid(context, invoice, 'charge')
}

function openPaymentOf(
  context: EmulatorContext,
  invoice: Invoice,
): { payment: InvoicePayment; intent: PaymentIntent } | null {
  for (const payment of context.state.invoicePayments.values()) {
    const intent = context.state.paymentIntents.get(payment.payment.payment_intent)
    if (payment.invoice === invoice.id && payment.status === 'open' && intent) return { payment, intent }
  }
  return null
}

function recordCharge(context: EmulatorContext, invoice: Invoice, paymentMethod: string | null): void {
  const open = openPaymentOf(context, invoice)
  if (!open) return
  const { intent, payment } = open
  const charge: Charge = {
    id: context.newId('ch'),
    object: 'charge',
    ...{ amount: intent.amount, amount_captured: intent.amount, amount_refunded: 0, application: null },
    ...{ application_fee: null, application_fee_amount: null, balance_transaction: null, captured: true },
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created: context.clock.seconds(),
    currency: intent.currency,
    customer: intent.customer,
    ...{ description: 'Subscription', disputed: false, failure_code: null, failure_message: null, livemode: false },
    ...{ metadata: {}, outcome: { network_status: 'approved_by_network', type: 'authorized' }, paid: true },
    payment_intent: intent.id,
    payment_method: paymentMethod,
    payment_method_details: { card: context.state.paymentMethods.get(paymentMethod ?? '')?.card ?? null, type: 'card' },
    ...{ receipt_email: null, receipt_number: null, receipt_url: null, refunded: false, status: 'succeeded' },
  }
  context.state.charges.set(charge.id, charge)
  Object.assign(intent, {
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: paymentMethod,
    status: 'succeeded',
  })
  payment.status = 'paid'
  payment.amount_paid = intent.amount
  payment.status_transitions.paid_at = context.clock.seconds()
}

/** Open to paid, by a charge, by credit, or outside of Stripe; the last has no payment that succeeded. */
export function markInvoicePaid(
  context: EmulatorContext,
  invoice: Invoice,
  by: 'charge' | 'credit' | 'out_of_band',
): void {
  change(context, invoice, 'invoice.updated', () => {
    invoice.status = 'paid'
    invoice.attempted = true
    invoice.auto_advance = false
    invoice.next_payment_attempt = null
    invoice.amount_paid = invoice.amount_due
    if (by === 'charge') invoice.attempt_count += 1
    if (by === 'out_of_band') invoice.amount_paid_off_stripe = invoice.amount_due
    invoice.amount_remaining = 0
    invoice.status_transitions.paid_at = context.clock.seconds()
  })
  setDelinquent(context, invoice.customer, false)
  context.emit('invoice.paid', invoice)
  if (by !== 'out_of_band') context.emit('invoice.payment_succeeded', invoice)
}

function recordFailure(
  context: EmulatorContext,
  invoice: Invoice,
  paymentMethod: string | null,
  outcome: CollectOutcome,
): void {
  const { settings, clock } = context
  const intent = openPaymentOf(context, invoice)?.intent
  if (intent) {
    intent.payment_method = outcome === 'requires_action' ? paymentMethod : null
    intent.status = outcome === 'requires_action' ? 'requires_action' : 'requires_payment_method'
    intent.next_action =
      outcome === 'requires_action'
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } }
        : null
    intent.last_payment_error = outcome === 'declined' ? { ...cardDeclined, type: 'card_error' } : null
  }
  const isRenewal = invoice.billing_reason !== 'subscription_create'
  change(context, invoice, 'invoice.updated', () => {
    const wait = settings.retrySeconds[invoice.attempt_count]
    invoice.attempt_count += 1
    invoice.attempted = true
    invoice.next_payment_attempt = isRenewal && wait !== undefined ? clock.seconds() + wait : null
  })
  if (outcome === 'requires_action') {
    context.emit('invoice.payment_action_required', invoice)
    return
  }
  setDelinquent(context, invoice.customer, true)
  context.emit('invoice.payment_failed', invoice)
}

/** The facts of a generic decline, as they stand on the intent and in a 402 answer. */
export const cardDeclined = {
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
} as const

function setDelinquent(context: EmulatorContext, customerId: string, isDelinquent: boolean): void {
  const customer = context.state.customers.get(customerId)
  if (!customer) return
  change(context, customer, 'customer.updated', () => {
    customer.delinquent = isDelinquent
  })
}
