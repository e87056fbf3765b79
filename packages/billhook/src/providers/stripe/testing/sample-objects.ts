/** Hand-written Stripe objects for the tests of this folder: today's shape, and the same facts as written before basil (2025-03-31). */

export type Wire = Record<string, unknown>

export const sampleStart = 1_760_000_000
export const sampleEnd = 1_762_678_400
const list = (data: unknown[], more: Wire = {}) => ({ object: 'list', data, has_more: false, ...more })
const period = { current_period_start: sampleStart, current_period_end: sampleEnd }
const metadata = { billhook_organization_id: 'bhorg_1', billhook_checkout_session_id: 'bhcs_1', team: 'theirs' }
const reference = { organizationId: 'bhorg_1', checkoutSessionId: 'bhcs_1' }
export const sampleReference = reference

const subscriptionBase = {
  id: 'sub_1',
  object: 'subscription',
  customer: 'cus_1',
  status: 'active',
  billing_cycle_anchor: sampleStart,
  created: sampleStart,
  start_date: sampleStart,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  ended_at: null,
  trial_start: null,
  trial_end: null,
  pause_collection: null,
  latest_invoice: 'in_1',
  metadata,
  test_clock: null,
}

export function subscriptionToday(more: Wire = {}): Wire {
  const item = {
    id: 'si_1',
    object: 'subscription_item',
    price: { id: 'price_1', currency: 'eur' },
    quantity: 3,
    ...period,
  }
  return { ...subscriptionBase, currency: 'eur', items: list([item]), ...more }
}

/** Before 2018-05 even the currency stood only on the plan. */
export function subscriptionBeforeBasil(more: Wire = {}): Wire {
  const item = { id: 'si_1', object: 'subscription_item', plan: { id: 'price_1', currency: 'eur' }, quantity: 3 }
  return { ...subscriptionBase, ...period, items: list([item]), plan: { id: 'price_1' }, quantity: 3, ...more }
}

const invoiceBase = {
  id: 'in_1',
  object: 'invoice',
  customer: 'cus_1',
  number: 'ACME-0001',
  status: 'paid',
  billing_reason: 'subscription_cycle',
  currency: 'eur',
  subtotal: 12000,
  total: 10800,
  total_discount_amounts: [{ amount: 3000, discount: 'di_1' }],
  starting_balance: -800,
  ending_balance: 0,
  amount_due: 10000,
  amount_paid: 10000,
  amount_remaining: 0,
  created: sampleStart,
  due_date: null,
  period_start: sampleStart - 2_678_400,
  period_end: sampleStart,
  status_transitions: { finalized_at: sampleStart + 60, paid_at: sampleStart + 120, voided_at: null },
  attempt_count: 1,
  next_payment_attempt: null,
  hosted_invoice_url: 'https://invoice.stripe.test/i/1',
  invoice_pdf: 'https://invoice.stripe.test/i/1/pdf',
  metadata: {},
  test_clock: null,
}
const lineBase = {
  id: 'il_1',
  object: 'line_item',
  amount: 12000,
  currency: 'eur',
  description: '3 × Pro',
  quantity: 3,
  period: { start: sampleStart, end: sampleEnd },
}

export function invoiceToday(more: Wire = {}): Wire {
  const tax = { amount: 1800, tax_behavior: 'exclusive' }
  const line = {
    ...lineBase,
    parent: {
      type: 'subscription_item_details',
      subscription_item_details: { proration: false, subscription: 'sub_1' },
    },
    pricing: { type: 'price_details', price_details: { price: 'price_1', product: 'prod_1' } },
    taxes: [tax],
  }
  const payment = {
    id: 'inpay_1',
    status: 'paid',
    amount_requested: 10000,
    amount_paid: 10000,
    currency: 'eur',
    created: sampleStart + 60,
    payment: { type: 'payment_intent', payment_intent: 'pi_1' },
    status_transitions: { paid_at: sampleStart + 120, canceled_at: null },
  }
  return {
    ...invoiceBase,
    parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1', metadata } },
    total_taxes: [tax],
    lines: list([line]),
    payments: list([payment]),
    ...more,
  }
}

export function invoiceBeforeBasil(more: Wire = {}): Wire {
  const tax = { amount: 1800, inclusive: false }
  const line = {
    ...lineBase,
    type: 'subscription',
    proration: false,
    price: { id: 'price_1' },
    plan: { id: 'price_1' },
    tax_amounts: [tax],
  }
  return {
    ...invoiceBase,
    subscription: 'sub_1',
    subscription_details: { metadata },
    paid: true,
    tax: 1800,
    total_tax_amounts: [tax],
    lines: list([line]),
    payment_intent: 'pi_1',
    charge: 'ch_1',
    ...more,
  }
}

const linesOf = (...data: Wire[]) => ({ lines: list(data) })
const plainInvoice = {
  total_taxes: [],
  total_discount_amounts: [],
  starting_balance: 0,
  ending_balance: 0,
  payments: undefined,
}

export function subscriptionLine(more: Wire): Wire {
  const parent = { type: 'subscription_item_details', subscription_item_details: { proration: false } }
  return { id: 'il_x', amount: 0, parent, period: { start: sampleStart, end: sampleEnd }, ...more }
}

/** An invoice of these lines with nothing else on it. */
export function invoiceOf(data: Wire[], total: number, more: Wire = {}): Wire {
  return invoiceToday({
    ...plainInvoice,
    ...linesOf(...data),
    total,
    amount_due: Math.max(0, total),
    amount_paid: 0,
    ...more,
  })
}

export function checkoutSession(more: Wire = {}): Wire {
  return {
    id: 'cs_1',
    object: 'checkout.session',
    mode: 'subscription',
    status: 'complete',
    payment_status: 'paid',
    url: null,
    customer: 'cus_1',
    subscription: 'sub_1',
    expires_at: sampleEnd,
    metadata,
    ...more,
  }
}

export function refundToday(more: Wire = {}): Wire {
  return {
    ...{ id: 're_1', object: 'refund', amount: 2500, currency: 'eur', status: 'succeeded', reason: 'duplicate' },
    ...{ payment_intent: 'pi_1', charge: 'ch_1', customer: 'cus_1', created: sampleStart, metadata, ...more },
  }
}

export function disputeToday(more: Wire = {}): Wire {
  return {
    ...{
      id: 'du_1',
      object: 'dispute',
      amount: 10000,
      currency: 'eur',
      status: 'needs_response',
      reason: 'fraudulent',
    },
    ...{
      payment_intent: 'pi_1',
      charge: 'ch_1',
      created: sampleStart,
      evidence_details: { due_by: sampleEnd },
      ...more,
    },
  }
}

export function snapshotEvent(type: string, object: Wire, more: Wire = {}): Wire {
  return {
    id: 'evt_1',
    object: 'event',
    type,
    api_version: '2026-10-28.endive',
    created: sampleStart + 200,
    livemode: false,
    data: { object },
    ...more,
  }
}

export function thinEvent(type: string, related: Wire | null, more: Wire = {}): Wire {
  const created = '2025-10-09T08:56:40.000Z'
  return { id: 'evt_thin_1', object: 'v2.core.event', type, created, livemode: false, related_object: related, ...more }
}
