import {
  liveStatuses,
  type SubscriptionData,
  type SubscriptionItemData,
  type SubscriptionStatus,
  terminalStatuses,
} from '../../providers/provider.ts'
import type { MappedPrice, SubscriptionRow } from './store.ts'

const live: ReadonlySet<SubscriptionStatus> = new Set(liveStatuses)
export const isLive = (status: SubscriptionStatus): boolean => live.has(status)

const terminal: ReadonlySet<SubscriptionStatus> = new Set(terminalStatuses)
export const isTerminal = (status: SubscriptionStatus): boolean => terminal.has(status)

/** The item that decides the plan. */
export interface PlanItem {
  item: SubscriptionItemData
  price: MappedPrice
}

/**
 * Finds the plan by price mapping, never by position: an item of the current plan first, then of its product line, then any that is mapped;
 * licensed before metered. Null when none is mapped.
 */
export function choosePlanItem(
  items: readonly SubscriptionItemData[],
  mapped: readonly MappedPrice[],
  current: Pick<SubscriptionRow, 'planId' | 'productLine'> | null,
): PlanItem | null {
  const byExternalId = new Map(mapped.map((price) => [price.externalPriceId, price]))
  const candidates = items.flatMap((item) => {
    const price = byExternalId.get(item.externalPriceId)
    return price ? [{ item, price, rank: rankOf(item, price, current) }] : []
  })
  candidates.sort((a, b) => a.rank - b.rank || (a.item.externalItemId < b.item.externalItemId ? -1 : 1))
  return candidates[0] ?? null
}

function rankOf(
  item: SubscriptionItemData,
  price: MappedPrice,
  current: Pick<SubscriptionRow, 'planId' | 'productLine'> | null,
): number {
  const metered = item.quantity === null ? 4 : 0
  if (!current) return metered
  if (price.planId === current.planId) return metered
  return metered + (price.productLine === current.productLine ? 1 : 2)
}

/** What a snapshot makes of the row, ids and product line aside. `endsNow`: paid time is given up, which must be audited. */
export interface NextState {
  values: Pick<
    SubscriptionRow,
    | 'status'
    | 'planId'
    | 'priceId'
    | 'quantity'
    | 'currency'
    | 'startedAt'
    | 'currentPeriodStart'
    | 'currentPeriodEnd'
    | 'billingAnchorAt'
    | 'paidThroughAt'
    | 'nextActionAt'
    | 'graceStartedAt'
    | 'trialStart'
    | 'trialEnd'
    | 'cancelAt'
    | 'canceledAt'
    | 'endedAt'
    | 'pauseKind'
    | 'pauseFrom'
    | 'pauseResumesAt'
  >
  endsNow: boolean
}

export interface NextInput {
  current: SubscriptionRow | null
  snapshot: SubscriptionData
  /** The plan and price to carry: the chosen item's, or what was there. */
  planId: string
  priceId: string
  quantity: number
  observedAt: Date
  /** The provider could have ended it at the period's end; ending it earlier was therefore meant. */
  immediateEndIsMeant: boolean
}

/** Pure: the state after a snapshot. */
export function nextSubscription(input: NextInput): NextState {
  const { current, snapshot, observedAt } = input
  // An end whose moment the provider does not tell stays where it was first seen.
  const endedAt = snapshot.status === 'canceled' ? (snapshot.endedAt ?? current?.endedAt ?? observedAt) : null
  const paid = nextPaidThrough(input, endedAt)
  // What has ended is no longer paused.
  const pause = isTerminal(snapshot.status) ? null : snapshot.pause
  const start = snapshot.currentPeriodStart ?? current?.currentPeriodStart ?? null
  const end = snapshot.currentPeriodEnd ?? current?.currentPeriodEnd ?? null
  return {
    endsNow: paid.endsNow,
    values: {
      status: snapshot.status,
      planId: input.planId,
      priceId: input.priceId,
      quantity: input.quantity,
      currency: snapshot.currency,
      startedAt: current?.startedAt ?? snapshot.startedAt,
      currentPeriodStart: start,
      currentPeriodEnd: end,
      billingAnchorAt: snapshot.billingAnchorAt ?? current?.billingAnchorAt ?? start,
      paidThroughAt: paid.paidThroughAt,
      nextActionAt: isLive(snapshot.status) ? (snapshot.cancelAt ?? end) : null,
      graceStartedAt: nextGraceStart(input),
      trialStart: snapshot.trialStart ?? current?.trialStart ?? null,
      trialEnd: snapshot.trialEnd ?? current?.trialEnd ?? null,
      cancelAt: snapshot.cancelAt,
      canceledAt: snapshot.canceledAt ?? endedAt,
      endedAt,
      pauseKind: pause?.kind ?? null,
      pauseFrom: pause && (pause.from ?? (current?.pauseKind === pause.kind ? current.pauseFrom : observedAt)),
      pauseResumesAt: pause?.resumesAt ?? null,
    },
  }
}

/** A trial counts as paid to its end; other time is paid by invoices alone. An end that was meant to be immediate takes paid time back. */
function nextPaidThrough(
  { current, snapshot, immediateEndIsMeant }: NextInput,
  endedAt: Date | null,
): { paidThroughAt: Date | null; endsNow: boolean } {
  const before = current?.paidThroughAt ?? null
  if (endedAt && before && before > endedAt && immediateEndIsMeant) return { paidThroughAt: endedAt, endsNow: true }
  if (snapshot.status === 'trialing' && snapshot.trialEnd)
    return { paidThroughAt: laterOf(before, snapshot.trialEnd), endsNow: false }
  return { paidThroughAt: before, endsNow: false }
}

/** Starts at the first failure that is heard of; an open invoice knows better (dateDebt). Retries do not move it, and paying ends it. */
function nextGraceStart({ current, snapshot, observedAt }: NextInput): Date | null {
  if (snapshot.status !== 'past_due' && snapshot.status !== 'unpaid') return null
  return current?.graceStartedAt ?? observedAt
}

export const laterOf = (a: Date | null, b: Date | null): Date | null => {
  if (!a) return b
  if (!b) return a
  return a > b ? a : b
}
