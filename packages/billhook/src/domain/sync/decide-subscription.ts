import { type BillhookError, conflict, stableStringify } from '../../primitives/index.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import { type Changes, type Decision, noChanges } from './changes.ts'
import { completeCheckout } from './complete-checkout.ts'
import { concludeChange } from './conclude-change.ts'
import { debtSince } from './debt.ts'
import { digestOf, guardAfterApply, guardAfterConfirm } from './guard.ts'
import { alertTakenBack, holdColumns, isHeldOtherwise, type Seen, seeThroughHold } from './hold.ts'
import { changeItems } from './items.ts'
import { termsAfter } from './kept-terms.ts'
import { choosePlanItem, isLive, isTerminal, nextSubscription } from './next-subscription.ts'
import { applied, reread, type SnapshotOrigin, type SyncOutcome, stale, unchanged } from './outcome.ts'
import { cycleNoOf, rememberPeriod } from './periods.ts'
import { asksBeforePlacing, type Place, placeSubscription } from './place-subscription.ts'
import type { SyncState } from './state.ts'
import type { BindingRow, SubscriptionRow } from './store.ts'
import { subscriptionFacts } from './subscription-facts.ts'
import type { Tools } from './tools.ts'
import { decideVersion, type Observation } from './version.ts'

export interface SubscriptionObservation {
  origin: SnapshotOrigin
  snapshot: SubscriptionData
  observation: Observation
  /** We asked for an immediate end: paid time is given up whatever the provider can do. */
  endNow?: boolean
  /** It answers our wish that a held subscription goes on. */
  releasesHold?: boolean
  /** What a second live one of a product line is called; only `duplicate_subscription` is cancelled by policy. */
  duplicateAlert?: 'duplicate_subscription' | 'second_live_subscription'
}

/**
 * Pure: what a provider's subscription makes of ours. Version guard, place, next state, and what is told of the difference. Only the
 * billing binding's snapshots change the subscription. Errors: `unmapped_price`, `unknown_customer` (409).
 */
export function decideSubscription(tools: Tools, state: SyncState, input: SubscriptionObservation): Decision {
  const changes = noChanges()
  const seen = seeThroughHold(state, input.snapshot, { releases: input.releasesHold === true })
  const productLine = choosePlanItem(seen.snapshot.items, state.prices, null)?.price.productLine ?? null
  const meant = { ...input, snapshot: seen.snapshot, productLine }
  const digest = digestOf(seen.snapshot)
  const settled =
    (state.binding && settleKnown(tools, state, state.binding, meant, { digest, seen }, changes)) ??
    asksBeforePlacing(state, meant)
  if (!settled) changeAll(tools, state, meant, { seen, digest, externalStatus: input.snapshot.status }, changes)
  const { source, at } = input.observation
  return { organizationId: state.organizationId, outcome: settled ?? applied, changes, source, occurredAt: at }
}

/** What needs no change of state, or must not make one. Null: it is news. */
function settleKnown(
  tools: Tools,
  state: SyncState,
  known: BindingRow,
  input: SubscriptionObservation,
  { digest, seen }: Pick<Told, 'digest' | 'seen'>,
  changes: Changes,
): SyncOutcome | null {
  const { snapshot, observation } = input
  const verdict = decideVersion(known, observation, digest)
  // Too old for the present state, it still says which period there was.
  if (verdict === 'stale' || verdict === 'reread') rememberPeriod(tools, state, input, known, changes)
  if (verdict === 'reread' || verdict === 'stale') rememberTerms(tools, known, input, changes)
  if (verdict === 'reread') return reread
  // Terminal at the provider stays terminal: nothing that comes later revives it.
  if (verdict === 'stale' || (isTerminal(known.externalStatus) && !isTerminal(snapshot.status))) return stale
  // Whoever asks hears that a hold is over, even where it was never seen to hold.
  const endsHold = observation.by === 'read' && isHeldOtherwise(known, seen.hold)
  if (verdict !== 'unchanged' || input.endNow || endsHold) return null
  const confirmed = guardAfterConfirm(known, observation)
  if (confirmed) changes.binding = { isNew: false, row: { ...known, ...confirmed, updatedAt: tools.clock.now() } }
  rememberTerms(tools, changes.binding?.row ?? known, input, changes)
  return unchanged
}

/** Too old for the present state, or nothing new, it still says what was charged when. */
function rememberTerms(
  { clock }: Tools,
  known: BindingRow,
  { snapshot, observation: { at } }: SubscriptionObservation,
  changes: Changes,
): void {
  const terms = termsAfter(known.terms, snapshot, { seenAt: at, isLatest: false })
  if (stableStringify(terms) === stableStringify(known.terms)) return
  changes.binding = { isNew: false, row: { ...known, terms, updatedAt: clock.now() } }
}

/** What the provider said, besides what it means for the product. */
interface Told {
  seen: Seen
  digest: string
  externalStatus: SubscriptionData['status']
}

function changeAll(
  tools: Tools,
  state: SyncState,
  input: SubscriptionObservation & { productLine: string | null },
  told: Told,
  changes: Changes,
): void {
  const { snapshot } = input
  const place = placeSubscription(tools.ids, state, input, changes)
  changes.binding = bindingAfter(tools, state, input, place, told)
  // A duplicate says nothing about the subscription it duplicates.
  const row = place.role === 'duplicate' ? null : changeSubscription(tools, state, input, place, changes)
  changeItems(tools, state, snapshot, place, changes)
  if (!row) return
  if (state.hold && told.seen.isTakenBack) alertTakenBack(row.id, input.origin.provider, state.hold, changes)
  rememberPeriod(tools, state, input, { ...place, id: place.bindingId }, changes, { isPresent: true })
  row.cycleNo = cycleNoOf(row, changes, state.period) ?? row.cycleNo
  concludeChange(tools, state, row, changes)
  const { provider } = input.origin
  const { externalSubscriptionId } = snapshot
  changes.facts.push(...subscriptionFacts(place.current, { row, provider, externalSubscriptionId }))
  if (isLive(row.status)) completeCheckout(tools, state, row.id, changes)
}

function bindingAfter(
  { clock }: Tools,
  { organizationId, binding: known }: SyncState,
  { origin, snapshot, observation }: SubscriptionObservation,
  place: Place,
  { seen, digest, externalStatus }: Told,
): { row: BindingRow; isNew: boolean } {
  const now = clock.now()
  // A duplicate stays one after its end, or what comes later would pass for news of the original.
  const role = isTerminal(snapshot.status) && place.role !== 'duplicate' ? 'ended' : place.role
  return {
    isNew: known === null,
    row: {
      id: place.bindingId,
      organizationId,
      subscriptionId: place.subscriptionId,
      customerId: place.customerId,
      provider: origin.provider,
      providerKind: origin.providerKind,
      externalSubscriptionId: snapshot.externalSubscriptionId,
      stripeSubscriptionId: null,
      externalStatus,
      engine: known?.engine ?? 'provider',
      terms: termsAfter(known?.terms ?? null, snapshot, { seenAt: observation.at, isLatest: true }),
      role,
      ...holdColumns(role === 'billing' ? seen.hold : null, known),
      ...guardAfterApply(known, observation, digest),
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    },
  }
}

function changeSubscription(
  { clock }: Tools,
  state: SyncState,
  input: SubscriptionObservation,
  place: Place,
  changes: Changes,
): SubscriptionRow {
  const { snapshot, observation, origin } = input
  const { current } = place
  const chosen = choosePlanItem(snapshot.items, state.prices, current)
  if (!chosen) changes.alerts.push(unmappedAlert(input, place.subscriptionId))
  const planId = chosen?.price.planId ?? current?.planId
  const priceId = chosen?.price.priceId ?? current?.priceId
  if (!planId || !priceId) throw unmappedPrice(input)
  const { values, endsNow } = nextSubscription({
    current,
    snapshot,
    planId,
    priceId,
    quantity: chosen?.item.quantity ?? current?.quantity ?? 1,
    observedAt: observation.at,
    immediateEndIsMeant: input.endNow === true || origin.canCancelAtPeriodEnd,
  })
  const now = clock.now()
  const row: SubscriptionRow = {
    metadata: {},
    trialEndToldAt: null,
    cycleNo: 0,
    ...current,
    ...values,
    id: place.subscriptionId,
    organizationId: state.organizationId,
    productLine: current?.productLine ?? chosen?.price.productLine ?? 'main',
    createdAt: current?.createdAt ?? now,
    updatedAt: now,
  }
  // The oldest open bill knows better since when something is owed than whichever failure was heard of first.
  if (row.graceStartedAt) row.graceStartedAt = debtSince(state.debts) ?? row.graceStartedAt
  changes.subscription = { row, isNew: current === null }
  if (endsNow) giveUpPaidTime(row, current, changes)
  return row
}

function giveUpPaidTime(row: SubscriptionRow, before: SubscriptionRow | null, changes: Changes): void {
  changes.endsNow = true
  changes.audits.push({
    actor: 'sync',
    action: 'end_now',
    subject: row.id,
    facts: { paid_through_was: before?.paidThroughAt ?? null, paid_through_is: row.paidThroughAt },
  })
}

const unmappedPrice = ({ origin, snapshot }: SubscriptionObservation): BillhookError =>
  conflict(
    'unmapped_price',
    `Subscription ${snapshot.externalSubscriptionId} of ${origin.provider} has no item whose price is one of ours: publish or map the price, then replay the event.`,
  )

const unmappedAlert = ({ origin, snapshot }: SubscriptionObservation, subscriptionId: string) => ({
  kind: 'unmapped_price',
  subject: subscriptionId,
  severity: 'warning' as const,
  detail: `No item of ${snapshot.externalSubscriptionId} at ${origin.provider} has a price of ours; the plan stays as it was.`,
  facts: { external_price_ids: snapshot.items.map((item) => item.externalPriceId) },
})
