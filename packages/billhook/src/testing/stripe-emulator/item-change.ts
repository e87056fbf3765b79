import { invalidRequest, missingParameter, noSuch } from './api-error.ts'
import { createItem, demandRecurringPrice, periodEndOf, quantityOf } from './create-subscription.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { FormReader } from './form.ts'
import { amountOf, periodLine, prorationLine } from './invoice-lines.ts'
import type { InvoiceLine, Subscription, SubscriptionItem } from './objects.ts'

/** What an update of items would make of a subscription; nothing is changed yet. */
export interface ItemChange {
  items: SubscriptionItem[]
  /** True when the cycle starts anew: another interval, from free to paid, or asked for. */
  restartsCycle: boolean
  /** Credits for what is unused and charges for what remains, or for the whole new period of a new cycle. */
  prorations: InvoiceLine[]
  periodLines: InvoiceLine[]
}

interface ChangeOptions {
  prorates: boolean
  at: number
  restartsCycle: boolean
}

/** Reads `items[]` as Stripe does. An entry without `id` adds an item; it never replaces one. */
export function planItemChange(
  context: EmulatorContext,
  subscription: Subscription,
  entries: FormReader[],
  options: ChangeOptions,
): ItemChange {
  const old = subscription.items.data
  const items = old.map((item) => structuredClone(item))
  for (const entry of entries) applyEntry(context, subscription, items, entry)
  const kept = items.filter((item) => item.deleted !== true)
  if (kept.length === 0) throw invalidRequest('A subscription must have at least one active plan.', { param: 'items' })
  if (kept.length > 20) throw invalidRequest('A subscription can have at most 20 items.', { param: 'items' })
  const restartsCycle =
    subscription.status !== 'trialing' &&
    (options.restartsCycle || hasOtherInterval(old, kept) || becomesPaid(old, kept))
  const credits = creditsFor(context, subscription, kept, options, restartsCycle)
  const now = context.clock.seconds()
  if (restartsCycle) {
    for (const item of kept) {
      item.current_period_start = now
      item.current_period_end = periodEndOf(item.price, now, now)
    }
  }
  return {
    items: kept,
    restartsCycle,
    prorations: [...credits, ...(restartsCycle ? [] : chargesFor(context, subscription, kept, options))],
    periodLines: restartsCycle ? kept.map((item) => periodLine(context, subscription, item)) : [],
  }
}

function applyEntry(
  context: EmulatorContext,
  subscription: Subscription,
  items: SubscriptionItem[],
  entry: FormReader,
): void {
  const priceId = entry.text('price')
  const price =
    priceId === null ? null : demandRecurringPrice(context, priceId, entry.label('price'), subscription.customer)
  const id = entry.text('id')
  const quantity = entry.integer('quantity') ?? undefined
  if (quantity !== undefined && quantity < 0)
    throw invalidRequest('Invalid non-negative integer', { param: entry.label('quantity') })
  const holder = price && items.find((item) => item.price.id === price.id && item.id !== id && !item.deleted)
  if (holder && entry.boolean('deleted') !== true) {
    throw invalidRequest(
      `Cannot add multiple subscription items with the same plan: ${priceId}. The existing item is ${holder.id}.`,
      { param: entry.label('price') },
    )
  }
  if (id === null) {
    if (!price) throw missingParameter(entry.label('price'))
    const now = context.clock.seconds()
    const end = subscription.status === 'trialing' ? subscription.trial_end : null
    const period = { start: now, end: end ?? periodEndOf(price, subscription.billing_cycle_anchor, now) }
    items.push(createItem(context, subscription.id, { price, quantity, metadata: entry.metadata() }, period))
    return
  }
  const item = items.find((candidate) => candidate.id === id)
  if (!item) throw noSuch('subscription item', id, entry.label('id'), 'parameter')
  if (entry.boolean('deleted') === true) item.deleted = true
  if (price) item.price = structuredClone(price)
  if (price || quantity !== undefined) {
    const merged = quantityOf(item.price, quantity ?? item.quantity)
    delete item.quantity
    Object.assign(item, merged)
  }
  item.metadata = entry.metadata(item.metadata)
}

function hasOtherInterval(old: SubscriptionItem[], items: SubscriptionItem[]): boolean {
  return items.some((item) => {
    const before = old.find((candidate) => candidate.id === item.id)?.price.recurring
    const after = item.price.recurring
    return before != null && (before.interval !== after?.interval || before.interval_count !== after.interval_count)
  })
}

function becomesPaid(old: SubscriptionItem[], items: SubscriptionItem[]): boolean {
  const sum = (list: SubscriptionItem[]) =>
    list.reduce((all, item) => all + amountOf(item.price, item.quantity ?? 0), 0)
  return sum(old) === 0 && sum(items) > 0
}

function isUnchanged(item: SubscriptionItem, other: SubscriptionItem | undefined): boolean {
  return other !== undefined && other.price.id === item.price.id && other.quantity === item.quantity
}

function creditsFor(
  context: EmulatorContext,
  subscription: Subscription,
  kept: SubscriptionItem[],
  { prorates, at }: ChangeOptions,
  restartsCycle: boolean,
): InvoiceLine[] {
  if (!prorates || subscription.status === 'trialing') return []
  return subscription.items.data
    .filter(
      (item) =>
        restartsCycle ||
        !isUnchanged(
          item,
          kept.find((candidate) => candidate.id === item.id),
        ),
    )
    .map((item) => prorationLine(context, subscription, item, 'unused', at))
    .filter((line) => line.amount !== 0)
}

function chargesFor(
  context: EmulatorContext,
  subscription: Subscription,
  kept: SubscriptionItem[],
  { prorates, at }: ChangeOptions,
): InvoiceLine[] {
  if (!prorates || subscription.status === 'trialing') return []
  return kept
    .filter(
      (item) =>
        !isUnchanged(
          item,
          subscription.items.data.find((candidate) => candidate.id === item.id),
        ),
    )
    .map((item) => prorationLine(context, subscription, item, 'remaining', at))
    .filter((line) => line.amount !== 0)
}
