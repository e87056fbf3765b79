import type { Fixture } from './fixture.ts'

// Objects of API 2026-10-28.endive with every field that Stripe sends, so that they cost what real ones cost to read and to keep.

const daySeconds = 86_400
export const subscriptionId = (account: number): string => `sub_1QbenchSubscription${account}`
export const itemId = (account: number): string => `si_QbenchSubscriptionItem${account}`
const list = (data: object[], url: string) => ({ object: 'list', data, has_more: false, total_count: data.length, url })

const periodOf = ({ baseSeconds }: Fixture) => ({ start: baseSeconds - daySeconds, end: baseSeconds + 29 * daySeconds })

const metadataOf = (fixture: Fixture, account: number) => ({
  billhook_organization_id: fixture.accounts[account]?.organizationId,
  workspace: 'acme-production',
  source: 'self-serve',
  campaign: 'spring-2026',
})

const pricedMonthly = {
  active: true,
  billing_scheme: 'per_unit',
  currency: 'eur',
  livemode: false,
  metadata: { tier: 'pro', region: 'eu' },
  nickname: 'Pro monthly',
  tiers_mode: null,
}
const planConstants = {
  ...pricedMonthly,
  amount: 4900,
  amount_decimal: '4900',
  interval: 'month',
  interval_count: 1,
  meter: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
}
const priceConstants = {
  ...pricedMonthly,
  custom_unit_amount: null,
  lookup_key: 'pro_monthly',
  recurring: { interval: 'month', interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
  tax_behavior: 'unspecified',
  transform_quantity: null,
  type: 'recurring',
  unit_amount: 4900,
  unit_amount_decimal: '4900',
}
const subscriptionConstants = {
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' } },
  billing_cycle_anchor_config: null,
  billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, reason: null },
  collection_method: 'charge_automatically',
  currency: 'eur',
  days_until_due: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  ended_at: null,
  invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
  livemode: false,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: {
    payment_method_options: { card: { network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    save_default_payment_method: 'off',
  },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  status: 'active',
  test_clock: null,
  transfer_data: null,
  trial_end: null,
  trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
  trial_start: null,
}

export function subscription(fixture: Fixture, account: number, quantity: number): Record<string, unknown> {
  const { start, end } = periodOf(fixture)
  const id = subscriptionId(account)
  const product = fixture.externalProductId
  const item = {
    id: itemId(account),
    object: 'subscription_item',
    billing_thresholds: null,
    created: start,
    // Since basil (2025-03-31) the period stands on the items.
    current_period_end: end,
    current_period_start: start,
    discounts: [],
    metadata: {},
    plan: { id: fixture.externalPriceId, object: 'plan', created: start, product, ...planConstants },
    price: { id: fixture.externalPriceId, object: 'price', created: start, product, ...priceConstants },
    quantity,
    subscription: id,
    tax_rates: [],
  }
  return {
    id,
    object: 'subscription',
    ...subscriptionConstants,
    billing_cycle_anchor: start,
    created: start,
    customer: fixture.accounts[account]?.externalCustomerId,
    default_payment_method: `pm_1QbenchMethod${account}`,
    items: list([item], `/v1/subscription_items?subscription=${id}`),
    latest_invoice: `in_1QbenchLatest${account}`,
    metadata: metadataOf(fixture, account),
    quantity,
    start_date: start,
  }
}

const invoiceConstants = {
  account_country: 'DE',
  account_name: 'Bench GmbH',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 1,
  attempted: true,
  auto_advance: false,
  automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' }, provider: 'stripe' },
  automatically_finalizes_at: null,
  billing_reason: 'subscription_cycle',
  collection_method: 'charge_automatically',
  currency: 'eur',
  custom_fields: null,
  customer_address: { city: 'Berlin', country: 'DE', line1: 'Torstr. 1', line2: null, postal_code: '10119' },
  customer_name: 'Example Customer',
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  ending_balance: 0,
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  metadata: {},
  next_payment_attempt: null,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'paid',
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
}

const amount = 4900

/** Invoice n, paid as soon as it was made. */
export function invoice(fixture: Fixture, account: number, n: number): Record<string, unknown> {
  const created = fixture.baseSeconds + n
  const id = `in_1QbenchInvoice${n}`
  const subscriptionDetails = { metadata: metadataOf(fixture, account), subscription: subscriptionId(account) }
  return {
    id,
    object: 'invoice',
    ...invoiceConstants,
    amount_due: amount,
    amount_paid: amount,
    created,
    customer: fixture.accounts[account]?.externalCustomerId,
    customer_email: `billing+${account}@example.test`,
    effective_at: created,
    hosted_invoice_url: `https://invoice.example.test/i/acct_1Qbench/${id}?s=ap`,
    invoice_pdf: `https://invoice.example.test/i/acct_1Qbench/${id}/pdf?s=ap`,
    lines: list([invoiceLine(fixture, account, n)], `/v1/invoices/${id}/lines`),
    number: `BENCH-${n}`,
    parent: { quote_details: null, subscription_details: subscriptionDetails, type: 'subscription_details' },
    payments: list([invoicePayment(n, created)], `/v1/invoice_payments?invoice=${id}`),
    period_end: created,
    period_start: created - 30 * daySeconds,
    status_transitions: { finalized_at: created, marked_uncollectible_at: null, paid_at: created, voided_at: null },
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    webhooks_delivered_at: created,
  }
}

const invoicePayment = (n: number, created: number) => ({
  id: `inpay_1QbenchPayment${n}`,
  object: 'invoice_payment',
  amount_paid: amount,
  amount_requested: amount,
  created,
  currency: 'eur',
  invoice: `in_1QbenchInvoice${n}`,
  is_default: true,
  livemode: false,
  payment: { payment_intent: `pi_1QbenchIntent${n}`, type: 'payment_intent' },
  status: 'paid',
  status_transitions: { canceled_at: null, paid_at: created },
})

function invoiceLine(fixture: Fixture, account: number, n: number) {
  const { externalPriceId, externalProductId } = fixture
  const itemDetails = {
    invoice_item: null,
    proration: false,
    proration_details: { credited_items: null },
    subscription: subscriptionId(account),
    subscription_item: itemId(account),
  }
  return {
    id: `il_1QbenchLine${n}`,
    object: 'line_item',
    amount,
    currency: 'eur',
    description: '1 × Pro monthly (at €49.00 / month)',
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: `in_1QbenchInvoice${n}`,
    livemode: false,
    metadata: metadataOf(fixture, account),
    parent: { invoice_item_details: null, subscription_item_details: itemDetails, type: 'subscription_item_details' },
    period: periodOf(fixture),
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: externalPriceId, product: externalProductId },
      type: 'price_details',
      unit_amount_decimal: '4900',
    },
    quantity: 1,
    taxes: [],
  }
}
