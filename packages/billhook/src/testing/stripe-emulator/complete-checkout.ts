import { invalidRequest } from './api-error.ts'
import { findTestCard, type TestCard } from './cards.ts'
import { detailsOf } from './checkout-sessions.ts'
import { type CollectOutcome, collectInvoice, endClearing } from './collect-invoice.ts'
import { demandCoupon } from './coupons.ts'
import { createSubscription } from './create-subscription.ts'
import { createCustomer } from './customers.ts'
import { change, demand, type EmulatorContext } from './emulator-context.ts'
import type { CheckoutSession, Customer, Subscription } from './objects.ts'
import { paymentMethodOf, saveCard } from './payment-methods.ts'
import { settleStatus } from './settle-status.ts'
import { trialEndOf } from './subscription-trial.ts'

export interface CheckoutPayment {
  /** A number or a shorthand from `testCards`; may be left out where a trial asks for no card. */
  card?: string
  /** What the buyer types into the field for promotion codes. */
  promotionCode?: string
  email?: string
  name?: string
}

export interface CheckoutResult {
  outcome: 'paid' | 'declined' | 'requires_action' | 'processing'
  session: CheckoutSession
  subscriptionId: string | null
}

/** What the customer does on the hosted page. A declined card leaves everything as it was. */
export function payCheckout(context: EmulatorContext, sessionId: string, payment: CheckoutPayment): CheckoutResult {
  const { state } = context
  const session = demand(state.sessions, 'checkout.session', sessionId)
  if (session.status !== 'open') throw invalidRequest(`This Checkout Session is ${session.status}.`)
  const card = cardOf(context, session, payment)
  if (card?.first === 'declines') return { outcome: 'declined', session, subscriptionId: null }
  const waiting = [...state.awaitingConfirmation].find(([, waitingSession]) => waitingSession === sessionId)?.[0]
  const subscription = waiting === undefined ? undefined : state.subscriptions.get(waiting)
  if (subscription && card) {
    subscription.default_payment_method = saveCard(context, card, subscription.customer).id
    return resultOf(session, subscription, payLatestInvoice(context, subscription))
  }
  if (payment.promotionCode !== undefined) applyPromotionCode(context, session, payment.promotionCode)
  const customer = customerOf(context, session, payment)
  const made = subscribe(context, session, customer, card)
  if (made.outcome === 'requires_action') state.awaitingConfirmation.set(made.subscription.id, sessionId)
  else completeSession(context, session, made.subscription)
  if (made.outcome === 'processing' && session.invoice) state.clearing.set(session.invoice, session.id)
  return resultOf(session, made.subscription, made.outcome)
}

function resultOf(
  session: CheckoutSession,
  subscription: Subscription,
  outcome: CollectOutcome | 'open',
): CheckoutResult {
  return {
    outcome: outcome === 'open' || outcome === 'no_payment_method' ? 'paid' : outcome,
    session,
    subscriptionId: subscription.id,
  }
}

function cardOf(context: EmulatorContext, session: CheckoutSession, payment: CheckoutPayment): TestCard | null {
  const order = context.state.orders.get(session.id)
  const isTrial = order !== undefined && (order.trialDays !== null || order.trialEnd !== null)
  if (payment.card === undefined && isTrial && !order.needsCardForTrial) return null
  const card = findTestCard(payment.card ?? '')
  if (!card) throw invalidRequest('Your card number is invalid.', { code: 'invalid_number', param: 'card' })
  return card
}

function customerOf(context: EmulatorContext, session: CheckoutSession, payment: CheckoutPayment): Customer {
  const known = context.state.customers.get(session.customer ?? '')
  if (known) return known
  const email = payment.email ?? session.customer_email ?? 'customer@example.com'
  const customer = createCustomer(context, { email, name: payment.name ?? null })
  context.emit('customer.created', customer)
  return customer
}

function subscribe(context: EmulatorContext, session: CheckoutSession, customer: Customer, card: TestCard | null) {
  const order = demand(context.state.orders, 'checkout.session', session.id)
  return createSubscription(context, {
    customer: customer.id,
    items: order.lines.map((line) => ({
      price: demand(context.state.prices, 'price', line.price),
      quantity: line.quantity,
    })),
    metadata: order.subscriptionMetadata,
    description: order.description,
    trialEnd: trialEndOf(context, order.trialDays, order.trialEnd),
    defaultPaymentMethod: card && saveCard(context, card, customer.id).id,
    missingPaymentMethod: order.missingPaymentMethod,
    collectsNow: true,
    discount: order.discount,
    automaticTax: order.automaticTax,
  })
}

function completeSession(context: EmulatorContext, session: CheckoutSession, subscription: Subscription): void {
  const customer = context.state.customers.get(subscription.customer)
  session.status = 'complete'
  session.url = null
  session.payment_status = subscription.status === 'trialing' ? 'no_payment_required' : statusOfPayment(subscription)
  session.customer = subscription.customer
  session.customer_details = detailsOf(customer?.email ?? null, customer?.name ?? null)
  session.subscription = subscription.id
  session.invoice = subscription.latest_invoice
  context.emit('checkout.session.completed', session)
}

/** A bank debit leaves the subscription incomplete until its money has come. */
function statusOfPayment({ status }: Subscription): 'paid' | 'unpaid' {
  return status === 'incomplete' ? 'unpaid' : 'paid'
}

function applyPromotionCode(context: EmulatorContext, session: CheckoutSession, code: string): void {
  const order = demand(context.state.orders, 'checkout.session', session.id)
  const found = [...context.state.promotionCodes.values()].find((known) => known.active && known.code === code)
  if (!found || !order.takesPromotionCodes) throw invalidRequest('This promotion code is not valid.', { param: 'code' })
  demandCoupon(context, found.promotion.coupon, 'code')
  found.times_redeemed = Number(found.times_redeemed) + 1
  order.discount = { coupon: found.promotion.coupon, promotionCode: found.id }
  session.discounts = [{ coupon: null, promotion_code: found.id }]
}

/** The bank says how a debit ended, days later. */
export function clearPayment(context: EmulatorContext, invoiceId: string, outcome: 'paid' | 'declined'): void {
  const invoice = demand(context.state.invoices, 'invoice', invoiceId)
  endClearing(context, invoice, outcome)
  const subscription = context.state.subscriptions.get(invoice.parent.subscription_details.subscription)
  if (subscription) settleStatus(context, subscription)
  const session = context.state.sessions.get(context.state.clearing.get(invoiceId) ?? '')
  context.state.clearing.delete(invoiceId)
  if (!session) return
  if (outcome === 'paid') session.payment_status = 'paid'
  context.emit(`checkout.session.async_payment_${outcome === 'paid' ? 'succeeded' : 'failed'}`, session)
}

function payLatestInvoice(context: EmulatorContext, subscription: Subscription): CollectOutcome {
  const invoice = demand(context.state.invoices, 'invoice', subscription.latest_invoice ?? '')
  const outcome =
    invoice.status === 'open' ? collectInvoice(context, invoice, paymentMethodOf(context, subscription)) : 'paid'
  settleStatus(context, subscription)
  const sessionId = context.state.awaitingConfirmation.get(subscription.id)
  const session = sessionId === undefined ? undefined : context.state.sessions.get(sessionId)
  if (outcome === 'paid' && session) {
    context.state.awaitingConfirmation.delete(subscription.id)
    completeSession(context, session, subscription)
  }
  return outcome
}

/** The customer confirms the payment with the bank: the open first invoice is paid, its session complete. */
export function confirmPayment(context: EmulatorContext, subscriptionId: string): CollectOutcome {
  const subscription = demand(context.state.subscriptions, 'subscription', subscriptionId)
  const method = paymentMethodOf(context, subscription)
  if (method === null) return payLatestInvoice(context, subscription)
  context.state.authenticated.add(method)
  const outcome = payLatestInvoice(context, subscription)
  if (context.state.cards.get(method)?.renewal === 'requires_action') context.state.authenticated.delete(method)
  return outcome
}

/** What the customer does on an open invoice's page: one payment with another card, which nobody keeps. */
export function payInvoice(context: EmulatorContext, invoiceId: string, cardNumber: string): CollectOutcome {
  const invoice = demand(context.state.invoices, 'invoice', invoiceId)
  const card = findTestCard(cardNumber)
  if (!card) throw invalidRequest('Your card number is invalid.', { code: 'invalid_number', param: 'card' })
  if (invoice.status !== 'open') throw invalidRequest(`This invoice is ${invoice.status}.`)
  const outcome = collectInvoice(context, invoice, saveCard(context, card, invoice.customer).id)
  const subscription = context.state.subscriptions.get(invoice.parent.subscription_details.subscription)
  if (subscription) settleStatus(context, subscription)
  return outcome
}

/** What the customer does in the portal: the new card pays for the customer and for each running subscription. */
export function replaceCard(context: EmulatorContext, customerId: string, cardNumber: string): string {
  const customer = demand(context.state.customers, 'customer', customerId)
  const card = findTestCard(cardNumber)
  if (!card) throw invalidRequest('Your card number is invalid.', { code: 'invalid_number', param: 'card' })
  const method = saveCard(context, card, customerId)
  change(context, customer, 'customer.updated', () => {
    customer.invoice_settings.default_payment_method = method.id
  })
  for (const subscription of context.state.subscriptions.values()) {
    if (subscription.customer !== customerId || subscription.status === 'canceled') continue
    change(context, subscription, 'customer.subscription.updated', () => {
      subscription.default_payment_method = method.id
    })
  }
  return method.id
}
