import { money, multiplyByQuantity, sum } from '../../primitives/index.ts'
import { paysLaterOn } from './cards.ts'
import { toldCharge } from './charges.ts'
import { takeDiscount } from './coupons.ts'
import { retryAt } from './due.ts'
import {
  newId,
  type SandboxInvoice,
  type SandboxLine,
  type SandboxPayment,
  type SandboxSubscription,
} from './objects.ts'
import type { Draft } from './state.ts'

/** One line for each item: the current period at its full price. */
export async function cycleLines(draft: Draft, subscription: SandboxSubscription): Promise<SandboxLine[]> {
  const lines: SandboxLine[] = []
  for (const item of subscription.items) {
    const price = await draft.get('price', item.price)
    const product = await draft.get('product', price.product)
    lines.push({
      id: newId('line'),
      description: item.quantity === 1 ? product.name : `${item.quantity} × ${product.name}`,
      quantity: item.quantity,
      amount: multiplyByQuantity(money(price.amount, price.currency), item.quantity).amount,
      price: price.id,
      period_start: subscription.current_period_start,
      period_end: subscription.current_period_end,
      proration: false,
    })
  }
  return lines
}

/** A finalized invoice, not yet collected. A negative total becomes the customer's credit, and credit pays before a card does. */
export async function makeInvoice(
  draft: Draft,
  subscription: SandboxSubscription,
  reason: SandboxInvoice['billing_reason'],
  lines: SandboxLine[],
): Promise<SandboxInvoice> {
  const { currency } = subscription
  const subtotal = sum(
    lines.map((line) => money(line.amount, currency)),
    currency,
  ).amount
  const discount = await takeDiscount(draft, subscription, subtotal)
  const total = subtotal - discount
  const creditApplied = await useCredit(draft, subscription, total)
  const carried = await carryDebts(draft, subscription)
  const id = newId('invoice')
  const invoice = draft.add<SandboxInvoice>({
    object: 'invoice',
    id,
    number: draft.nextInvoiceNumber(),
    customer: subscription.customer,
    subscription: subscription.id,
    status: 'open',
    billing_reason: reason,
    currency,
    lines,
    discount,
    total,
    credit_applied: creditApplied,
    amount_due: Math.max(0, total - creditApplied) + carried,
    amount_paid: 0,
    amount_refunded: 0,
    period_start: reason === 'subscription_update' ? draft.at.toISOString() : subscription.current_period_start,
    period_end: subscription.current_period_end,
    created_at: draft.at.toISOString(),
    paid_at: null,
    attempt_count: 0,
    next_attempt_at: null,
    hosted_url: `${draft.account.pagesUrl}/invoices/${id}`,
    payments: [],
    metadata: subscription.metadata,
  })
  subscription.latest_invoice = id
  tellOfBill(draft, 'invoice.created', invoice)
  tellOfBill(draft, 'invoice.finalized', invoice)
  return invoice
}

/** Without documents an open bill is nothing that anybody could look at: what is owed is collected with the next cycle, at once. */
async function carryDebts(draft: Draft, subscription: SandboxSubscription): Promise<number> {
  if (draft.account.hasDocuments) return 0
  let carried = 0
  for (const open of subscription.open_invoices) {
    const invoice = await draft.get('invoice', open.invoice)
    carried += invoice.amount_due
    Object.assign(invoice, { status: 'paid', amount_due: 0, next_attempt_at: null, paid_at: draft.at.toISOString() })
    draft.save(invoice)
  }
  subscription.open_invoices = []
  return carried
}

type BillEvent = 'invoice.created' | 'invoice.finalized' | 'invoice.paid' | 'invoice.payment_failed'

function tellOfBill(draft: Draft, type: BillEvent, invoice: SandboxInvoice): void {
  if (draft.account.hasDocuments) {
    draft.emit(type, invoice)
    return
  }
  draft.save(invoice)
  const payment = invoice.payments.at(-1)
  const isAttempt = type === 'invoice.paid' || type === 'invoice.payment_failed'
  if (isAttempt && payment) draft.emit('charge.changed', toldCharge(invoice, payment))
}

async function useCredit(draft: Draft, subscription: SandboxSubscription, total: number): Promise<number> {
  const customer = await draft.get('customer', subscription.customer)
  const available = customer.credit[subscription.currency] ?? 0
  const applied = Math.min(available, Math.max(0, total))
  const left = available - applied + Math.max(0, -total)
  if (left !== available) {
    customer.credit[subscription.currency] = left
    draft.save(customer)
  }
  return applied
}

/** One attempt to collect what is due; nothing due is paid without a payment. */
export function attemptPayment(draft: Draft, invoice: SandboxInvoice, cardId: string): void {
  if (invoice.amount_due === 0 || paysLaterOn(cardId)) {
    markPaid(draft, invoice)
    return
  }
  invoice.attempt_count += 1
  invoice.next_attempt_at = retryAt(invoice.created_at, invoice.attempt_count)
  addPayment(draft, invoice, { status: 'failed', decline_code: 'card_declined', message: 'The card was declined.' })
  tellOfBill(draft, 'invoice.payment_failed', invoice)
}

export function markPaid(draft: Draft, invoice: SandboxInvoice): void {
  const paidAt = draft.at.toISOString()
  if (invoice.amount_due > 0) {
    invoice.attempt_count += 1
    addPayment(draft, invoice, { status: 'succeeded', decline_code: null, message: null })
  }
  invoice.status = 'paid'
  invoice.amount_paid = invoice.amount_due
  invoice.paid_at = paidAt
  invoice.next_attempt_at = null
  tellOfBill(draft, 'invoice.paid', invoice)
}

/** Leads from a payment to the invoice that shows it. */
export interface SandboxCharge {
  object: 'charge'
  /** The payment's. */
  id: string
  invoice: string
}

function addPayment(
  draft: Draft,
  invoice: SandboxInvoice,
  outcome: Pick<SandboxPayment, 'status' | 'decline_code' | 'message'>,
): void {
  const payment = {
    ...outcome,
    id: newId('payment'),
    amount: invoice.amount_due,
    currency: invoice.currency,
    attempted_at: draft.at.toISOString(),
    amount_refunded: 0,
    dispute: null,
  }
  invoice.payments.push(payment)
  draft.add({ object: 'charge', id: payment.id, invoice: invoice.id })
}
