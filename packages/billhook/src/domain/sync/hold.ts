import type { SubscriptionData } from '../../providers/provider.ts'
import type { Changes } from './changes.ts'
import { isTerminal, laterOf } from './next-subscription.ts'
import type { SyncState } from './state.ts'
import type { BindingRow } from './store.ts'

/**
 * An end that we keep because the provider can only end at once: the subscription is paused there until then, so that nothing is charged,
 * and stays for the product what it was.
 */
export interface Hold {
  endsAt: Date
  /** What it was before. `paused`: somebody else had paused it, and that pause is not ours to hide or to end. */
  status: NonNullable<BindingRow['holdStatus']>
  operationId: string
  /** The pause is wanted, and no answer says yet that it is there. */
  isAsked: boolean
  /** We have asked the provider to go on, and no answer says yet that it does. */
  isReleasing: boolean
}

/** What was noted of the operations that a hold hangs on. */
export interface HoldOperations {
  intent: string | null
  is_releasing: boolean
}

/** Null where nothing is held: an intent that failed has changed nothing. */
export function holdOf(binding: BindingRow | null, operations: HoldOperations | null): Hold | null {
  const { holdEndsAt, holdStatus, holdOperationId } = binding ?? {}
  if (!holdEndsAt || !holdStatus || !holdOperationId || operations?.intent === 'failed') return null
  return {
    endsAt: holdEndsAt,
    status: holdStatus,
    operationId: holdOperationId,
    isAsked: operations?.intent === 'pending' || operations?.intent === 'unknown',
    isReleasing: operations?.is_releasing ?? false,
  }
}

/** What a snapshot means for the product, and what is held after it. */
export interface Seen {
  snapshot: SubscriptionData
  hold: Hold | null
  /** Somebody let it go on at the provider, which takes the end back. */
  isTakenBack: boolean
}

/** Pure: our own pause is no pause, but the end that it stands for. `releases`: the snapshot answers our wish that it goes on. */
export function seeThroughHold(
  { hold, binding, subscription, debts }: SyncState,
  snapshot: SubscriptionData,
  { releases = false } = {},
): Seen {
  if (!hold || releases || isTerminal(snapshot.status)) return { snapshot, hold: null, isTakenBack: false }
  const isPaused = snapshot.pause?.kind === 'service'
  const isFirstSight = isPaused && binding?.externalStatus !== 'paused'
  // A renewal that was under way when the end was asked for has bought its time, too.
  const bought = laterOf(subscription?.paidThroughAt ?? null, isFirstSight ? snapshot.currentPeriodEnd : null)
  const endsAt = laterOf(hold.endsAt, bought) ?? hold.endsAt
  const held = { ...hold, endsAt }
  if (isPaused) return { snapshot: asHeld(snapshot, held, debts), hold: held, isTakenBack: false }
  if (hold.isAsked) return { snapshot, hold, isTakenBack: false }
  // It neither runs nor charges: what stopped it besides the pause hides the pause.
  if (snapshot.status === 'unpaid')
    return { snapshot: { ...snapshot, cancelAt: endsAt }, hold: held, isTakenBack: false }
  return { snapshot, hold: null, isTakenBack: !hold.isReleasing }
}

const asHeld = (snapshot: SubscriptionData, { endsAt, status }: Hold, debts: SyncState['debts']): SubscriptionData => ({
  ...snapshot,
  ...(status !== 'paused' && { status: owes(status) && debts.length === 0 ? 'active' : status, pause: null }),
  cancelAt: endsAt,
  canceledAt: snapshot.canceledAt ?? snapshot.pause?.from ?? null,
})

/** A pause hides whether something is owed; whether it still is, the bills tell. */
const owes = (status: Hold['status']): boolean => status === 'past_due' || status === 'unpaid'

/** The binding's columns. Only who bills can be held. */
export function holdColumns(
  hold: Hold | null,
  known: BindingRow | null,
): Pick<BindingRow, 'holdEndsAt' | 'holdStatus' | 'holdOperationId' | 'holdRetryAt'> {
  if (!hold) return { holdEndsAt: null, holdStatus: null, holdOperationId: null, holdRetryAt: null }
  const { endsAt, status, operationId } = hold
  const holdRetryAt = known?.holdRetryAt ?? null
  return { holdEndsAt: endsAt, holdStatus: status, holdOperationId: operationId, holdRetryAt }
}

export const isHeldOtherwise = ({ holdEndsAt }: BindingRow, hold: Hold | null): boolean =>
  holdEndsAt?.getTime() !== hold?.endsAt.getTime()

export function alertTakenBack(subscriptionId: string, provider: string, hold: Hold, changes: Changes): void {
  changes.alerts.push({
    kind: 'scheduled_end_taken_back',
    subject: subscriptionId,
    severity: 'critical',
    detail: `Subscription ${subscriptionId} was to end on ${hold.endsAt.toISOString()} and goes on at ${provider}, where somebody has resumed it: the end is taken back, and it is charged again. Cancel it anew if it is to end.`,
    facts: { was_to_end_at: hold.endsAt.toISOString(), provider },
  })
}
