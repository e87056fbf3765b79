import { invalidRequest } from './api-error.ts'
import { type EmulatorContext, isHash, listOf } from './emulator-context.ts'
import { findById } from './emulator-state.ts'
import type { StripeList } from './objects.ts'
import { renderObject } from './render.ts'

type Hash = Record<string, unknown>

/** Fields that hold an id and can be asked for as the object, by the object's type. */
const expandable: Readonly<Record<string, readonly string[]>> = {
  'checkout.session': ['customer', 'subscription', 'invoice', 'line_items'],
  subscription: ['customer', 'latest_invoice', 'default_payment_method', 'pending_setup_intent'],
  subscription_item: [],
  invoice: ['customer', 'payments', 'confirmation_secret', 'default_payment_method'],
  invoice_payment: ['invoice'],
  price: ['product'],
  product: ['default_price'],
  refund: ['charge', 'payment_intent'],
  dispute: ['charge', 'payment_intent'],
  charge: ['customer', 'payment_intent'],
  payment_intent: ['customer', 'latest_charge', 'payment_method'],
  payment_method: ['customer'],
}

/** Ids inside plain hashes of an object, by the hash's last two names. */
const expandableInside: readonly string[] = [
  'subscription_details.subscription',
  'price_details.price',
  'payment.payment_intent',
  'invoice_settings.default_payment_method',
]

/** Fields that exist only when they are asked for. */
const onDemand: Readonly<Record<string, (context: EmulatorContext, owner: Hash) => unknown>> = {
  'invoice.payments': (context, owner) => {
    const payments = [...context.state.invoicePayments.values()].filter((payment) => payment.invoice === owner.id)
    return listOf(structuredClone(payments), `/v1/invoice_payments?invoice=${owner.id}`)
  },
  'invoice.confirmation_secret': (context, owner) => {
    const payment = [...context.state.invoicePayments.values()].find((candidate) => candidate.invoice === owner.id)
    const intent = payment && context.state.paymentIntents.get(payment.payment.payment_intent)
    return intent ? { client_secret: intent.client_secret, type: 'payment_intent' } : null
  },
  'checkout.session.line_items': (context, owner) => sessionLineItems(context, String(owner.id)),
}

/** A copy of the answer with every `expand[]` path filled in; an unknown path is Stripe's 400. */
export function expandAnswer(context: EmulatorContext, answer: Hash, paths: readonly string[]): Hash {
  const copy = structuredClone(answer)
  for (const path of paths) expandPath(context, copy, path.split('.'), path, '')
  return renderObject(copy)
}

function expandPath(context: EmulatorContext, node: unknown, rest: string[], path: string, parentField: string): void {
  if (Array.isArray(node)) {
    for (const element of node) expandPath(context, element, rest, path, parentField)
    return
  }
  const [field, ...deeper] = rest
  if (field === undefined || !isHash(node)) return
  resolveField(context, node, field, path, parentField)
  if (deeper.length > 0) expandPath(context, node[field], deeper, path, field)
}

function resolveField(context: EmulatorContext, node: Hash, field: string, path: string, parentField: string): void {
  const type = typeof node.object === 'string' ? node.object : ''
  const make = onDemand[`${type}.${field}`]
  if (make) {
    node[field] ??= make(context, node)
    return
  }
  const value = node[field]
  if (isHash(value) || Array.isArray(value)) return
  const isKnown = (expandable[type] ?? []).includes(field) || expandableInside.includes(`${parentField}.${field}`)
  if (!isKnown) {
    throw invalidRequest(
      `This property cannot be expanded (${field}). You may want to try expanding a different field: '${path}'.`,
      { param: 'expand' },
    )
  }
  if (typeof value !== 'string') return
  const found = findById(context.state, value)
  if (found) node[field] = structuredClone(found)
}

/** A session's line items, which its own answer leaves out until they are asked for. */
export function sessionLineItems(context: EmulatorContext, sessionId: string): StripeList<Record<string, unknown>> {
  const order = context.state.orders.get(sessionId)
  const items = (order?.lines ?? []).map((line) => {
    const price = context.state.prices.get(line.price)
    const total = (price?.unit_amount ?? 0) * (line.quantity ?? 0)
    return {
      id: line.id,
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: total,
      amount_tax: 0,
      amount_total: total,
      currency: price?.currency ?? null,
      description: price ? (context.state.products.get(price.product)?.name ?? null) : null,
      metadata: {},
      price: structuredClone(price),
      quantity: line.quantity ?? null,
    }
  })
  return listOf(items, `/v1/checkout/sessions/${sessionId}/line_items`)
}
