import { conflict, type Ids } from '../../primitives/index.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import type { Changes } from './changes.ts'
import { isLive } from './next-subscription.ts'
import { reread, type SnapshotOrigin, type SyncOutcome } from './outcome.ts'
import type { LiveSubscription, SyncState } from './state.ts'
import type { BindingRow, SubscriptionRow } from './store.ts'
import type { Observation } from './version.ts'

/** Where a provider's subscription belongs. */
export interface Place {
  bindingId: string
  role: BindingRow['role']
  subscriptionId: string
  customerId: string
  /** The subscription as it was; null when this snapshot makes it. */
  current: SubscriptionRow | null
}

interface PlaceInput {
  origin: SnapshotOrigin
  snapshot: SubscriptionData
  /** That of its plan; null while nothing in it is mapped. */
  productLine: string | null
  /** What a second live one of a product line is called; only `duplicate_subscription` is cancelled by policy. */
  duplicateAlert?: 'duplicate_subscription' | 'second_live_subscription' | undefined
}

/**
 * Which of our subscriptions does a provider's belong to, and in which role? A second live one of a product line is a duplicate of the
 * first: kept, alerted, never applied, so that no event fails on it and nobody pays twice unseen.
 */
export function placeSubscription(ids: Ids, state: SyncState, input: PlaceInput, changes: Changes): Place {
  const { snapshot, origin } = input
  const place = placeKnown(state) ?? placeNew(ids, state, input, changes)
  if (place.role !== 'billing' || !isLive(snapshot.status)) return place
  // The guard of the intent is asked again at activation: an incomplete one may be paid only now.
  const productLine = place.current?.productLine ?? input.productLine
  const other = findOther(state, place, productLine)?.row
  if (!other) return place
  changes.alerts.push({
    kind: input.duplicateAlert ?? 'duplicate_subscription',
    subject: `${origin.provider}:${snapshot.externalSubscriptionId}`,
    severity: 'critical',
    detail: `Organization ${state.organizationId} pays a second subscription of product line ${other.productLine}.`,
    facts: {
      subscription_id: other.id,
      external_subscription_id: snapshot.externalSubscriptionId,
      provider: origin.provider,
    },
  })
  return { ...place, role: 'duplicate', subscriptionId: other.id }
}

/** The live subscription whose place a live one of that product line would take. */
const findOther = (
  { live }: SyncState,
  { subscriptionId }: Pick<Place, 'subscriptionId'>,
  productLine: string | null,
): LiveSubscription | undefined => live.find(({ row }) => row.productLine === productLine && row.id !== subscriptionId)

/**
 * Nobody is called a duplicate on old news: neither by an event, whose subscription may be over by now, nor beside one that may be over by
 * now. Null: there is nothing to ask, or nobody, as where an old table moves in.
 */
export function asksBeforePlacing(
  state: SyncState,
  { snapshot, productLine, observation }: Pick<PlaceInput, 'snapshot' | 'productLine'> & { observation: Observation },
): SyncOutcome | null {
  const known = state.binding
  if ((known && known.role !== 'billing') || !isLive(snapshot.status)) return null
  const place = { subscriptionId: known?.subscriptionId ?? '' }
  const other = findOther(state, place, state.subscription?.productLine ?? productLine)
  if (!other || observation.source === 'import') return null
  if (observation.by === 'event') return reread
  const { billedBy } = other
  if (!billedBy || !observation.asked || observation.asked.has(askedKey(billedBy))) return null
  return { outcome: 'needs', ...billedBy }
}

export const askedKey = ({ provider, externalSubscriptionId }: NonNullable<LiveSubscription['billedBy']>): string =>
  `${provider}:${externalSubscriptionId}`

function placeKnown({ binding, subscription }: SyncState): Place | null {
  if (!binding) return null
  const { id, role, subscriptionId, customerId } = binding
  return { bindingId: id, role, subscriptionId, customerId, current: subscription }
}

function placeNew(ids: Ids, state: SyncState, { origin, snapshot }: PlaceInput, changes: Changes): Place {
  if (!state.customerId) {
    throw conflict(
      'unknown_customer',
      `Customer ${snapshot.externalCustomerId} of ${origin.provider} is none of this organization's.`,
    )
  }
  const subscriptionId = ids.next('subscription')
  changes.refs.push({
    provider: origin.provider,
    kind: 'subscription',
    externalId: snapshot.externalSubscriptionId,
    objectId: subscriptionId,
  })
  const bindingId = ids.next('binding')
  return { bindingId, role: 'billing', subscriptionId, customerId: state.customerId, current: null }
}
