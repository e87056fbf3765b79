import { invalidRequest, StripeApiError } from './api-error.ts'
import { cardDeclined, collectInvoice, isClearing, markInvoicePaid } from './collect-invoice.ts'
import { demand, type EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { cancelPayments, closeInvoice, finalizeInvoice } from './invoice-lifecycle.ts'
import { listParameters, pageInOrder, pageOf } from './lists.ts'
import type { Invoice, InvoicePayment } from './objects.ts'
import { attachPaymentMethod, paymentMethodOf } from './payment-methods.ts'
import type { Route } from './route.ts'
import { settleStatus } from './settle-status.ts'

function list(context: EmulatorContext, params: FormReader): Invoice[] {
  const [customer, subscription, status] = [params.text('customer'), params.text('subscription'), params.text('status')]
  return [...context.state.invoices.values()].filter(
    (invoice) =>
      (customer === null || invoice.customer === customer) &&
      (subscription === null || invoice.parent.subscription_details.subscription === subscription) &&
      (status === null || invoice.status === status),
  )
}

function settleSubscriptionOf(context: EmulatorContext, invoice: Invoice): void {
  const subscription = context.state.subscriptions.get(invoice.parent.subscription_details.subscription)
  if (subscription) settleStatus(context, subscription)
}

/** `POST /v1/invoices/{id}/pay`: 402 where the card is declined or wants its owner. */
function pay(context: EmulatorContext, params: FormReader, id: string): Invoice {
  const invoice = demand(context.state.invoices, 'invoice', id)
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid')
  if (invoice.status === 'void') throw invalidRequest('Invoice is voided and cannot be paid.')
  if (invoice.status === 'draft') finalizeInvoice(context, invoice)
  const subscription = demand(
    context.state.subscriptions,
    'subscription',
    invoice.parent.subscription_details.subscription,
  )
  if (params.boolean('paid_out_of_band') === true) {
    cancelPayments(context, invoice)
    markInvoicePaid(context, invoice, 'out_of_band')
    settleStatus(context, subscription)
    return invoice
  }
  const given = params.text('payment_method')
  const method = given
    ? attachPaymentMethod(context, given, invoice.customer, 'payment_method')
    : paymentMethodOf(context, subscription)
  if (isClearing(context, invoice)) throw invalidRequest('This invoice has a payment that is processing.')
  const outcome = collectInvoice(context, invoice, method)
  settleStatus(context, subscription)
  if (outcome === 'paid' || outcome === 'processing') return invoice
  throw refusalFor(outcome)
}

function refusalFor(outcome: 'declined' | 'requires_action' | 'no_payment_method'): StripeApiError {
  if (outcome === 'requires_action') {
    return new StripeApiError(
      402,
      'card_error',
      'This payment requires additional user action before it can be completed.',
      {
        code: 'invoice_payment_intent_requires_action',
      },
    )
  }
  if (outcome === 'no_payment_method') {
    return invalidRequest('There is no `default_payment_method` set on this Customer or Invoice.', {
      code: 'resource_missing',
    })
  }
  const { message, ...facts } = cardDeclined
  return new StripeApiError(402, 'card_error', message, facts)
}

function close(context: EmulatorContext, id: string, status: 'void' | 'uncollectible'): Invoice {
  const invoice = demand(context.state.invoices, 'invoice', id)
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalidRequest('You can only pass in open or uncollectible invoices.', { code: 'status_transition_invalid' })
  }
  closeInvoice(context, invoice, status)
  settleSubscriptionOf(context, invoice)
  return invoice
}

function finalize(context: EmulatorContext, id: string): Invoice {
  const invoice = demand(context.state.invoices, 'invoice', id)
  if (invoice.status !== 'draft') {
    throw invalidRequest("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: 'invoice_not_editable',
    })
  }
  finalizeInvoice(context, invoice)
  return invoice
}

function listPayments(context: EmulatorContext, params: FormReader): InvoicePayment[] {
  const [invoice, status] = [params.text('invoice'), params.text('status')]
  const intent = params.hash('payment')?.text('payment_intent') ?? null
  return [...context.state.invoicePayments.values()].filter(
    (payment) =>
      (invoice === null || payment.invoice === invoice) &&
      (status === null || payment.status === status) &&
      (intent === null || payment.payment.payment_intent === intent),
  )
}

export const invoiceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/invoices',
    allowed: [...listParameters, 'collection_method', 'customer', 'due_date', 'due_date.*', 'status', 'subscription'],
    answer: (context, params) => ({ ...pageOf(list(context, params), params, '/v1/invoices') }),
  },
  {
    method: 'GET',
    path: '/v1/invoices/:id',
    allowed: [],
    answer: ({ state }, _params, { id = '' }) => demand(state.invoices, 'invoice', id),
  },
  {
    method: 'GET',
    path: '/v1/invoices/:id/lines',
    allowed: listParameters,
    answer: ({ state }, params, { id = '' }) => {
      const invoice = demand(state.invoices, 'invoice', id)
      return { ...pageInOrder(invoice.lines.data, params, `/v1/invoices/${id}/lines`) }
    },
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/pay',
    allowed: ['forgive', 'mandate', 'off_session', 'paid_out_of_band', 'payment_method'],
    answer: (context, params, { id = '' }) => pay(context, params, id),
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/finalize',
    allowed: ['auto_advance'],
    answer: (context, _params, { id = '' }) => finalize(context, id),
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/void',
    allowed: [],
    answer: (context, _params, { id = '' }) => close(context, id, 'void'),
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/mark_uncollectible',
    allowed: [],
    answer: (context, _params, { id = '' }) => close(context, id, 'uncollectible'),
  },
  {
    method: 'GET',
    path: '/v1/invoice_payments',
    allowed: [...listParameters, 'invoice', 'payment.payment_intent', 'payment.type', 'status'],
    answer: (context, params) => ({ ...pageOf(listPayments(context, params), params, '/v1/invoice_payments') }),
  },
]
