import type { PauseData, SubscriptionData, SubscriptionItemData } from '../snapshots.ts'
import { fromApiCurrency } from './amounts.ts'
import { UnreadableObject } from './errors.ts'
import { fromMetadata } from './reference.ts'
import { isLive, subscriptionStatus } from './status.ts'
import { readWire, type SubscriptionWire, subscriptionWire } from './wire.ts'

export function readSubscription(value: unknown): SubscriptionWire {
  return readWire(subscriptionWire, value, 'subscription')
}

/** Theirs to ours, whichever API version wrote it. Throws UnreadableObject rather than guess a period, a price or a status. */
export function normalizeSubscription(wire: SubscriptionWire): SubscriptionData {
  const status = subscriptionStatus(wire.status)
  const period = currentPeriod(wire)
  if (isLive(status) && !period) {
    throw new UnreadableObject(`Stripe's subscription ${wire.id} is ${status} but shows no current period.`)
  }
  return {
    externalSubscriptionId: wire.id,
    externalCustomerId: wire.customer,
    status,
    currency: currencyOf(wire),
    items: wire.items.data.map(normalizeItem),
    currentPeriodStart: period?.start ?? null,
    currentPeriodEnd: period?.end ?? null,
    billingAnchorAt: wire.billing_cycle_anchor,
    startedAt: wire.start_date ?? wire.created,
    trialStart: wire.trial_start,
    trialEnd: wire.trial_end,
    // Two ways to schedule an end: portals on flexible billing set only the first (API clover, 2025-09-30).
    cancelAt: wire.cancel_at ?? (wire.cancel_at_period_end ? (period?.end ?? null) : null),
    canceledAt: wire.canceled_at,
    endedAt: wire.ended_at,
    pause: pauseOf(wire),
    latestExternalInvoiceId:
      typeof wire.latest_invoice === 'string' ? wire.latest_invoice : (wire.latest_invoice?.id ?? null),
    reference: fromMetadata(wire.metadata),
  }
}

/**
 * Items may have intervals of their own (docs.stripe.com/billing/subscriptions/mixed-interval). One rule: the subscription's period is that
 * of the item which ends first, as `cancel_at_period_end` takes it. Before basil the period stood on the subscription itself.
 */
function currentPeriod(wire: SubscriptionWire): { start: Date; end: Date } | null {
  const candidates = [...wire.items.data, wire].flatMap(({ current_period_start: start, current_period_end: end }) =>
    start && end ? [{ start, end }] : [],
  )
  return candidates.reduce<{ start: Date; end: Date } | null>(
    (first, candidate) => (first && first.end <= candidate.end ? first : candidate),
    null,
  )
}

type ItemWire = SubscriptionWire['items']['data'][number]

function normalizeItem(item: ItemWire): SubscriptionItemData {
  const externalPriceId = idOf(item.price) ?? idOf(item.plan)
  if (!externalPriceId) throw new UnreadableObject(`Stripe's subscription item ${item.id} shows no price.`)
  return { externalItemId: item.id, externalPriceId, quantity: item.quantity ?? null }
}

function idOf(price: ItemWire['price']): string | null {
  return typeof price === 'string' ? price : (price?.id ?? null)
}

function currencyOf(wire: SubscriptionWire): string {
  const item = wire.items.data[0]
  // `subscription.currency` exists since 2022; before, only prices had one.
  const currency = [wire.currency, priceCurrency(item?.price), priceCurrency(item?.plan)].find(Boolean)
  if (!currency) throw new UnreadableObject(`Stripe's subscription ${wire.id} shows no currency.`)
  return fromApiCurrency(currency)
}

function priceCurrency(price: ItemWire['price']): string | null {
  return price && typeof price === 'object' ? (price.currency ?? null) : null
}

/** Two different things at Stripe: `status: paused` stops billing and time, `pause_collection` only stops collecting. */
function pauseOf(wire: SubscriptionWire): PauseData | null {
  if (wire.status === 'paused') {
    return { kind: 'service', from: wire.status_details?.paused?.transitioned_at ?? null, resumesAt: null }
  }
  if (wire.pause_collection) return { kind: 'collection', from: null, resumesAt: wire.pause_collection.resumes_at }
  return null
}
