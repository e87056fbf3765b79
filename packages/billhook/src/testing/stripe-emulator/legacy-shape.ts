import { isHash } from './emulator-context.ts'
import type { EmulatorState } from './emulator-state.ts'
import type { StripeEvent } from './objects.ts'

type Hash = Record<string, unknown>

/** The version whose shapes are meant: the last one before basil moved periods, payments and prices. */
export const legacyApiVersion = '2024-06-20'

/** The same event as an endpoint pinned to an API version before basil gets it. The state fills in payment ids. */
export function toLegacyShape(event: StripeEvent, state: EmulatorState): StripeEvent {
  const copy = structuredClone(event)
  const convert = converters[String(copy.data.object.object)]
  if (convert) {
    convert(copy.data.object, state)
    const previous = copy.data.previous_attributes
    if (previous) copy.data.previous_attributes = convertPrevious(previous)
  }
  return { ...copy, api_version: legacyApiVersion }
}

const converters: Readonly<Record<string, (object: Hash, state: EmulatorState) => void>> = {
  subscription: legacySubscription,
  invoice: legacyInvoice,
  charge: (charge, state) => {
    const payment = [...state.invoicePayments.values()].find(
      (candidate) => candidate.payment.payment_intent === charge.payment_intent,
    )
    charge.invoice = payment?.invoice ?? null
  },
  refund: (refund) => {
    delete refund.customer
    delete refund.customer_account
  },
  'checkout.session': (session) => {
    session.ui_mode = 'hosted'
    for (const field of ['allowed_payment_method_types', 'managed_payments', 'origin_context', 'permissions'])
      delete session[field]
  },
}

function hashesOf(list: unknown): Hash[] {
  const data = isHash(list) ? list.data : null
  return Array.isArray(data) ? data.filter(isHash) : []
}

/** Takes the periods off the items; the subscription had one for all of them. */
function liftPeriods(items: unknown): Hash {
  const held = hashesOf(items)
  const starts = held.flatMap((item) =>
    typeof item.current_period_start === 'number' ? [item.current_period_start] : [],
  )
  const ends = held.flatMap((item) => (typeof item.current_period_end === 'number' ? [item.current_period_end] : []))
  for (const item of held) {
    delete item.current_period_start
    delete item.current_period_end
    delete item.current_trial
    item.plan = planOf(item.price)
  }
  if (starts.length === 0 || ends.length === 0) return {}
  return { current_period_end: Math.min(...ends), current_period_start: Math.min(...starts) }
}

function planOf(price: unknown): Hash | null {
  if (!isHash(price)) return null
  const recurring = isHash(price.recurring) ? price.recurring : {}
  return {
    ...{ id: price.id, object: 'plan', active: price.active, amount: price.unit_amount, currency: price.currency },
    ...{
      amount_decimal: price.unit_amount_decimal,
      interval: recurring.interval,
      interval_count: recurring.interval_count,
    },
    ...{ product: price.product, usage_type: recurring.usage_type },
  }
}

function legacySubscription(subscription: Hash): void {
  Object.assign(subscription, liftPeriods(subscription.items))
  const first = hashesOf(subscription.items)[0]
  subscription.plan = first?.plan ?? null
  subscription.quantity = first?.quantity ?? null
  subscription.discount = null
  for (const field of ['billing_mode', 'billing_schedules', 'customer_account', 'managed_payments'])
    delete subscription[field]
}

function legacyInvoice(invoice: Hash, state: EmulatorState): void {
  const parent = isHash(invoice.parent) ? invoice.parent : {}
  const details = isHash(parent.subscription_details) ? parent.subscription_details : {}
  const payment = [...state.invoicePayments.values()].find((candidate) => candidate.invoice === invoice.id)
  const intent = payment && state.paymentIntents.get(payment.payment.payment_intent)
  const isPaid = invoice.status === 'paid'
  Object.assign(invoice, {
    charge: isPaid ? (intent?.latest_charge ?? null) : null,
    discount: null,
    paid: isPaid,
    paid_out_of_band: isPaid && typeof invoice.amount_paid_off_stripe === 'number',
    payment_intent: invoice.status === 'draft' ? null : (intent?.id ?? null),
    quote: null,
    subscription: details.subscription ?? null,
    subscription_details: { metadata: details.metadata ?? null },
    tax: null,
    total_tax_amounts: [],
  })
  for (const field of ['parent', 'amount_overpaid', 'amount_paid_off_stripe', 'customer_account', 'total_taxes'])
    delete invoice[field]
  for (const line of hashesOf(invoice.lines)) legacyLine(line, state)
}

function legacyLine(line: Hash, state: EmulatorState): void {
  const pricing = isHash(line.pricing) ? line.pricing : {}
  const details = isHash(pricing.price_details) ? pricing.price_details : {}
  const parent = isHash(line.parent) ? line.parent : {}
  const itemDetails = isHash(parent.subscription_item_details) ? parent.subscription_item_details : {}
  const price = structuredClone(state.prices.get(String(details.price)) ?? null)
  Object.assign(line, {
    amount_excluding_tax: line.amount,
    plan: planOf(price),
    price,
    proration: itemDetails.proration === true,
    subscription_item: itemDetails.subscription_item ?? null,
    tax_amounts: [],
    tax_rates: [],
    type: itemDetails.proration === true ? 'invoiceitem' : 'subscription',
    unit_amount_excluding_tax: pricing.unit_amount_decimal ?? null,
  })
  for (const field of ['parent', 'pricing', 'quantity_decimal', 'subtotal', 'taxes']) delete line[field]
}

/** Periods were the subscription's own fields then, and a paid invoice had `paid` to change. */
function convertPrevious(previous: Hash): Hash {
  const converted: Hash = { ...previous, ...liftPeriods(previous.items) }
  if (typeof previous.status === 'string' && isHash(previous.status_transitions))
    converted.paid = previous.status === 'paid'
  return converted
}
