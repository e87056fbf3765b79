import { boundaryAfter } from '../emulator/clock.ts'
import { invalidRequest } from './api-error.ts'
import { type CollectOutcome, collectInvoice } from './collect-invoice.ts'
import { grantDiscount } from './discounts.ts'
import { change, demand, type EmulatorContext, listOf } from './emulator-context.ts'
import { createInvoice, finalizeInvoice } from './invoice-lifecycle.ts'
import { periodLine } from './invoice-lines.ts'
import type { Metadata, Price, Subscription, SubscriptionItem } from './objects.ts'
import { paymentMethodOf } from './payment-methods.ts'
import { settleStatus } from './settle-status.ts'

export interface ItemFacts {
  price: Price
  quantity: number | undefined
  metadata?: Metadata
}

export interface SubscriptionFacts {
  customer: string
  items: ItemFacts[]
  metadata: Metadata
  description: string | null
  trialEnd: number | null
  defaultPaymentMethod: string | null
  missingPaymentMethod: string
  /** False leaves the first invoice open, for the customer to pay. */
  collectsNow: boolean
  discount?: { coupon: string; promotionCode: string | null } | null
  automaticTax?: boolean
}

const daySeconds = 86_400

/** A price that can be subscribed to, in the one currency that its customer pays in. */
export function demandRecurringPrice(
  context: EmulatorContext,
  id: string,
  param: string,
  customerId: string | null,
): Price {
  const price = demand(context.state.prices, 'price', id, param, 'parameter')
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', { param })
  if (!price.recurring) {
    throw invalidRequest(
      'The price specified is set to `type=one_time` but this field only accepts recurring prices.',
      { param },
    )
  }
  const locked = customerId === null ? null : context.state.customers.get(customerId)?.currency
  if (locked && locked !== price.currency) {
    throw invalidRequest(
      `You cannot combine currencies on a single customer. This customer has had a subscription or payment in ${locked}, but you are trying to pay in ${price.currency}.`,
    )
  }
  return price
}

/** Metered items have no quantity; the others have one, 1 where none is named. */
export function quantityOf(price: Price, given: number | undefined): { quantity?: number } {
  return price.recurring?.usage_type === 'metered' ? {} : { quantity: given ?? 1 }
}

export function createItem(
  context: EmulatorContext,
  subscriptionId: string,
  facts: ItemFacts,
  period: { start: number; end: number },
): SubscriptionItem {
  return {
    id: context.newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: context.clock.seconds(),
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: facts.metadata ?? {},
    price: structuredClone(facts.price),
    ...quantityOf(facts.price, facts.quantity),
    subscription: subscriptionId,
    tax_rates: [],
  }
}

export function periodEndOf(price: Price, anchor: number, after: number): number {
  return boundaryAfter(anchor, after, price.recurring?.interval ?? 'month', price.recurring?.interval_count ?? 1)
}

/** Makes it, bills its first period (or its trial, for nothing) and tries to collect. */
export function createSubscription(
  context: EmulatorContext,
  facts: SubscriptionFacts,
): { subscription: Subscription; outcome: CollectOutcome | 'open' } {
  const { state, clock } = context
  const subscription = buildSubscription(context, facts)
  state.subscriptions.set(subscription.id, subscription)
  if (facts.discount) grantDiscount(context, subscription, facts.discount.coupon, facts.discount.promotionCode)
  const customer = state.customers.get(facts.customer)
  if (customer && customer.currency === null) {
    change(context, customer, 'customer.updated', () => {
      customer.currency = subscription.currency
    })
  }
  context.emit('customer.subscription.created', subscription)
  announceShortTrial(context, subscription)
  const now = clock.seconds()
  const kind = facts.trialEnd === null ? 'paid' : 'trial'
  const invoice = createInvoice(context, subscription, {
    reason: 'subscription_create',
    lines: subscription.items.data.map((item) => periodLine(context, subscription, item, kind)),
    period: { start: now, end: now },
  })
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.latest_invoice = invoice.id
  })
  finalizeInvoice(context, invoice)
  if (!facts.collectsNow && invoice.amount_due > 0) return { subscription, outcome: 'open' }
  const outcome = collectInvoice(context, invoice, paymentMethodOf(context, subscription))
  settleStatus(context, subscription)
  return { subscription, outcome }
}

function announceShortTrial(context: EmulatorContext, subscription: Subscription): void {
  if (subscription.trial_end === null || subscription.trial_end - context.clock.seconds() > 3 * daySeconds) return
  context.state.trialsAnnounced.add(subscription.id)
  context.emit('customer.subscription.trial_will_end', subscription)
}

function buildSubscription(context: EmulatorContext, facts: SubscriptionFacts): Subscription {
  const now = context.clock.seconds()
  const id = context.newId('sub')
  const anchor = facts.trialEnd ?? now
  const items = facts.items.map((item) =>
    createItem(context, id, item, { start: now, end: facts.trialEnd ?? periodEndOf(item.price, anchor, now) }),
  )
  return {
    id,
    object: 'subscription',
    ...{ application: null, application_fee_percent: null },
    automatic_tax: { disabled_reason: null, enabled: facts.automaticTax ?? false, liability: null },
    billing_cycle_anchor: anchor,
    ...{ billing_cycle_anchor_config: null, billing_mode: { flexible: {}, type: 'flexible' }, billing_schedules: [] },
    ...{ billing_thresholds: null, cancel_at: null, cancel_at_period_end: false, canceled_at: null },
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: facts.items[0]?.price.currency ?? 'usd',
    customer: facts.customer,
    ...{ customer_account: null, days_until_due: null, default_payment_method: facts.defaultPaymentMethod },
    ...{ default_source: null, default_tax_rates: [], description: facts.description, discounts: [], ended_at: null },
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(items, `/v1/subscription_items?subscription=${id}`),
    ...{ latest_invoice: null, livemode: false, managed_payments: null, metadata: facts.metadata },
    ...{ next_pending_invoice_item_invoice: null, on_behalf_of: null, pause_collection: null },
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    ...{ pending_invoice_item_interval: null, pending_setup_intent: null, pending_update: null, schedule: null },
    start_date: now,
    status_details: null,
    status: facts.trialEnd === null ? 'incomplete' : 'trialing',
    ...{ test_clock: null, transfer_data: null, trial_end: facts.trialEnd },
    trial_settings: { end_behavior: { missing_payment_method: facts.missingPaymentMethod } },
    trial_start: facts.trialEnd === null ? null : now,
  }
}
