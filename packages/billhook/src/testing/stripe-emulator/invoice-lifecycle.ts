import { discountOn, totalsOf } from './bill-totals.ts'
import { useDiscount } from './discounts.ts'
import { change, type EmulatorContext, listOf } from './emulator-context.ts'
import type { Customer, Invoice, InvoiceLine, InvoicePayment, PaymentIntent, Subscription } from './objects.ts'
import { paymentMethodOf } from './payment-methods.ts'

export interface InvoiceFacts {
  reason: 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual'
  lines: InvoiceLine[]
  /** The past period that the invoice looks back on. */
  period: { start: number; end: number }
  /** False: nobody finalizes it by itself. */
  isAutomatic?: boolean
}

/** A draft, with the customer's credit applied to what is due. */
export function createInvoice(context: EmulatorContext, subscription: Subscription, facts: InvoiceFacts): Invoice {
  const customer = context.state.customers.get(subscription.customer)
  const id = context.newId('in')
  for (const line of facts.lines) line.invoice = id
  const totals = totalsOf(context, subscription, facts.lines)
  rememberShares(context, facts.lines)
  if (totals.total_discount_amounts.some(({ amount }) => amount > 0)) useDiscount(context, subscription)
  const invoice: Invoice = {
    ...blankInvoice(context, subscription, customer ?? null),
    ...totals,
    ...amountsOf(totals.total, customer?.balance ?? 0),
    id,
    auto_advance: facts.isAutomatic ?? true,
    automatically_finalizes_at:
      facts.isAutomatic === false ? null : context.clock.seconds() + context.settings.draftSeconds,
    billing_reason: facts.reason,
    lines: listOf(facts.lines, `/v1/invoices/${id}/lines`),
    period_end: facts.period.end,
    period_start: facts.period.start,
  }
  context.state.invoices.set(id, invoice)
  context.emit('invoice.created', invoice)
  return invoice
}

/** What a period really cost after its discount: that is what its unused rest is worth later. */
function rememberShares(context: EmulatorContext, lines: readonly InvoiceLine[]): void {
  for (const line of lines) {
    const item = line.parent.subscription_item_details
    if (!item.proration && line.amount > 0)
      context.state.billedShares.set(item.subscription_item, 1 - discountOn(line) / line.amount)
  }
}

/** A credit (negative balance) lowers what is due; a negative total becomes credit. */
export function amountsOf(total: number, balance: number) {
  const due = Math.max(0, total + balance)
  return { amount_due: due, amount_paid: 0, amount_remaining: due, starting_balance: balance, ending_balance: null }
}

export function blankInvoice(context: EmulatorContext, subscription: Subscription, customer: Customer | null) {
  return {
    object: 'invoice' as const,
    status: 'draft' as const,
    ...{ account_country: 'US', account_name: 'Emulated account', account_tax_ids: null, amount_overpaid: 0 },
    ...{ amount_shipping: 0, application: null, attempt_count: 0, attempted: false },
    automatic_tax: automaticTaxOf(subscription),
    collection_method: 'charge_automatically',
    created: context.clock.seconds(),
    currency: subscription.currency,
    custom_fields: null,
    customer: subscription.customer,
    ...{ customer_account: null, customer_address: customer?.address ?? null, customer_email: customer?.email ?? null },
    ...{ customer_name: customer?.name ?? null, customer_phone: customer?.phone ?? null, customer_shipping: null },
    ...{ customer_tax_exempt: 'none', customer_tax_ids: [], default_payment_method: null, default_source: null },
    ...{ default_tax_rates: [], description: null, discounts: [], due_date: null, effective_at: null, footer: null },
    ...{ from_invoice: null, hosted_invoice_url: null, invoice_pdf: null, issuer: { type: 'self' } },
    ...{ last_finalization_error: null, latest_revision: null, livemode: false, metadata: {} },
    ...{ next_payment_attempt: null, number: null, on_behalf_of: null },
    parent: {
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    ...{ post_payment_credit_notes_amount: 0, pre_payment_credit_notes_amount: 0, receipt_number: null },
    ...{ rendering: null, shipping_cost: null, shipping_details: null, statement_descriptor: null },
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    ...{ test_clock: null, total_pretax_credit_amounts: [] },
    webhooks_delivered_at: context.clock.seconds(),
  }
}

function automaticTaxOf({ automatic_tax: { enabled } }: Subscription) {
  const status = enabled ? 'complete' : null
  return { disabled_reason: null, enabled, liability: null, provider: enabled ? 'stripe' : null, status }
}

/** Draft to open: it gets its number, its pages and, when something is due, the payment that collects it. */
export function finalizeInvoice(context: EmulatorContext, invoice: Invoice): void {
  const now = context.clock.seconds()
  const customer = context.state.customers.get(invoice.customer)
  const balance = customer?.balance ?? 0
  change(context, invoice, 'invoice.updated', () => {
    Object.assign(invoice, amountsOf(invoice.total, balance))
    invoice.ending_balance = Math.min(0, invoice.total + balance)
    invoice.status = 'open'
    invoice.status_transitions.finalized_at = now
    invoice.effective_at = now
    invoice.automatically_finalizes_at = null
    invoice.hosted_invoice_url = `${context.baseUrl}/i/${invoice.id}`
    invoice.invoice_pdf = `${context.baseUrl}/i/${invoice.id}/pdf`
    invoice.number = customer ? nextNumber(customer) : invoice.id
  })
  if (customer && customer.balance !== invoice.ending_balance) {
    change(context, customer, 'customer.updated', () => {
      customer.balance = invoice.ending_balance ?? 0
    })
  }
  if (invoice.amount_due > 0) createInvoicePayment(context, invoice)
  context.emit('invoice.finalized', invoice)
}

function nextNumber(customer: Customer): string {
  const sequence = customer.next_invoice_sequence
  customer.next_invoice_sequence += 1
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`
}

function createInvoicePayment(context: EmulatorContext, invoice: Invoice): void {
  const { state } = context
  const intentId = context.newId('pi')
  const subscription = state.subscriptions.get(invoice.parent.subscription_details.subscription)
  const intent: PaymentIntent = {
    id: intentId,
    object: 'payment_intent',
    ...{ allowed_payment_method_types: null, amount: invoice.amount_due, amount_capturable: 0, amount_received: 0 },
    ...{ application: null, application_fee_amount: null, automatic_payment_methods: null, canceled_at: null },
    ...{ cancellation_reason: null, capture_method: 'automatic', client_secret: `${intentId}_secret_emulator` },
    ...{ confirmation_method: 'automatic', created: context.clock.seconds(), currency: invoice.currency },
    ...{ customer: invoice.customer, customer_account: null, description: 'Subscription creation' },
    ...{ excluded_payment_method_types: null, last_payment_error: null, latest_charge: null, livemode: false },
    ...{ metadata: {}, next_action: null, on_behalf_of: null },
    payment_method: subscription ? paymentMethodOf(context, subscription) : null,
    ...{ payment_method_options: {}, payment_method_types: ['card'], processing: null, receipt_email: null },
    ...{ review: null, setup_future_usage: 'off_session', shipping: null, statement_descriptor: null },
    status: 'requires_payment_method',
  }
  state.paymentIntents.set(intentId, intent)
  const payment: InvoicePayment = {
    id: context.newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: context.clock.seconds(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intentId, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  }
  state.invoicePayments.set(payment.id, payment)
}

/** Ends an invoice without money; what was about to collect it is cancelled. */
export function closeInvoice(context: EmulatorContext, invoice: Invoice, status: 'void' | 'uncollectible'): void {
  const now = context.clock.seconds()
  change(context, invoice, 'invoice.updated', () => {
    invoice.status = status
    invoice.next_payment_attempt = null
    invoice.auto_advance = false
    if (status === 'void') invoice.amount_remaining = 0
    invoice.status_transitions[status === 'void' ? 'voided_at' : 'marked_uncollectible_at'] = now
  })
  if (status === 'void') cancelPayments(context, invoice)
  context.emit(status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', invoice)
}

/** Nothing collects this invoice any more. */
export function cancelPayments(context: EmulatorContext, invoice: Invoice): void {
  for (const payment of context.state.invoicePayments.values()) {
    if (payment.invoice !== invoice.id || payment.status !== 'open') continue
    payment.status = 'canceled'
    payment.status_transitions.canceled_at = context.clock.seconds()
    const intent = context.state.paymentIntents.get(payment.payment.payment_intent)
    if (intent) intent.status = 'canceled'
  }
}
