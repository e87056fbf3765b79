import { discountShare } from './discounts.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { InvoiceLine, Price, Subscription, SubscriptionItem } from './objects.ts'

const decimalPlaces = 12

/** Price times quantity in minor units, rounded half up; a decimal price is rounded once, on the line. */
export function amountOf(price: Price, quantity: number): number {
  return Number((scaled(price.unit_amount_decimal) * BigInt(quantity) + scale / 2n) / scale)
}

const scale = 10n ** BigInt(decimalPlaces)

function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole) * scale + BigInt(fraction.padEnd(decimalPlaces, '0') || '0')
}

/** What usage comes to, reported piece by piece: rounded once. */
export function amountOfUsage(price: Price, used: readonly string[]) {
  const total = used.reduce((sum, value) => sum + scaled(value), 0n)
  const fraction = (total % scale).toString().padStart(decimalPlaces, '0').replace(/0+$/, '')
  return {
    amount: Number((scaled(price.unit_amount_decimal) * total + (scale * scale) / 2n) / (scale * scale)),
    quantity: Number((total + scale / 2n) / scale),
    quantity_decimal: `${total / scale}${fraction === '' ? '' : `.${fraction}`}`,
  }
}

interface LineFacts {
  amount: number
  description: string
  quantity: number | null
  price: Price
  period: { start: number; end: number }
  isProration: boolean
  invoiceItem: string | null
}

export function createLine(
  context: EmulatorContext,
  subscription: Subscription,
  itemId: string,
  facts: LineFacts,
): InvoiceLine {
  return {
    id: context.newId('il'),
    object: 'line_item',
    amount: facts.amount,
    currency: facts.price.currency,
    description: facts.description,
    discount_amounts: [],
    discountable: !facts.isProration,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: { ...subscription.metadata },
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: facts.invoiceItem,
        proration: facts.isProration,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: itemId,
      },
      type: 'subscription_item_details',
    },
    period: facts.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: facts.price.id, product: facts.price.product },
      type: 'price_details',
      unit_amount_decimal: facts.price.unit_amount_decimal,
    },
    quantity: facts.quantity,
    quantity_decimal: facts.quantity === null ? null : String(facts.quantity),
    subscription: subscription.id,
    subtotal: facts.amount,
    taxes: [],
  }
}

/** The line for one full period of an item; nothing is owed for a trial, and for metered use only what `billUsage` finds in it. */
export function periodLine(
  context: EmulatorContext,
  subscription: Subscription,
  item: SubscriptionItem,
  kind: 'paid' | 'trial' = 'paid',
): InvoiceLine {
  const name = context.state.products.get(item.price.product)?.name ?? item.price.product
  const amount = kind === 'trial' ? 0 : amountOf(item.price, item.quantity ?? 0)
  return createLine(context, subscription, item.id, {
    amount,
    description: kind === 'trial' ? `Trial period for ${name}` : `${item.quantity ?? 0} × ${name}`,
    quantity: item.quantity ?? 0,
    price: item.price,
    period: { start: item.current_period_start, end: item.current_period_end },
    isProration: false,
    invoiceItem: null,
  })
}

/** What an item's rest of the period is worth: `unused` gives it back, `remaining` charges it. */
export function prorationLine(
  context: EmulatorContext,
  subscription: Subscription,
  item: SubscriptionItem,
  kind: 'unused' | 'remaining',
  at: number,
): InvoiceLine {
  const name = context.state.products.get(item.price.product)?.name ?? item.price.product
  const whole = item.current_period_end - item.current_period_start
  const left = Math.max(0, item.current_period_end - at)
  const price = amountOf(item.price, item.quantity ?? 0)
  const afterDiscount =
    kind === 'unused' ? (context.state.billedShares.get(item.id) ?? 1) : discountShare(context, subscription)
  const share = Math.round((price * afterDiscount * left) / whole)
  const day = new Date(at * 1000).toISOString().slice(0, 10)
  return createLine(context, subscription, item.id, {
    amount: kind === 'unused' ? 0 - share : share,
    description: kind === 'unused' ? `Unused time on ${name} after ${day}` : `Remaining time on ${name} after ${day}`,
    quantity: item.quantity ?? 0,
    price: item.price,
    period: { start: at, end: item.current_period_end },
    isProration: true,
    invoiceItem: context.newId('ii'),
  })
}
