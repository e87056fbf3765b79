import type { SubscriptionData } from '../../providers/provider.ts'
import type { Changes } from './changes.ts'
import type { SubscriptionPeriodRow, SyncState } from './state.ts'
import type { BindingRow, SubscriptionRow } from './store.ts'
import type { Tools } from './tools.ts'

/**
 * Notes a period that was heard of, in its place, whenever that is. `isPresent`: it is the one the subscription is in, whose end may have
 * moved (a trial that was extended); of an older one, what is known already stays.
 */
export function rememberPeriod(
  { ids, clock }: Tools,
  state: SyncState,
  snapshot: SubscriptionData,
  place: { id: string; role: BindingRow['role']; subscriptionId: string },
  changes: Changes,
  { isPresent } = { isPresent: false },
): void {
  const { currentPeriodStart: startAt, currentPeriodEnd: endAt } = snapshot
  if (!startAt || !endAt || place.role === 'duplicate') return
  const { period: known, lastPeriod: last } = state
  if (known) {
    const moves = isPresent && known.endAt.getTime() !== endAt.getTime()
    if (moves) changes.period = { isNew: false, row: { ...known, endAt } }
    return
  }
  const row: SubscriptionPeriodRow = {
    id: ids.next('subscriptionPeriod'),
    organizationId: state.organizationId,
    subscriptionId: place.subscriptionId,
    bindingId: place.id,
    ordinal: (last?.ordinal ?? 0) + 1,
    startAt,
    endAt,
    isTrial: snapshot.status === 'trialing',
    createdAt: clock.now(),
  }
  if (last && startAt < last.startAt) changes.latePeriod = row
  else changes.period = { isNew: true, row }
}

/** How many periods there have been up to the present one. Null: none is known here, or writing a late one counts them. */
export function cycleNoOf(
  { currentPeriodStart }: SubscriptionRow,
  { period, latePeriod }: Changes,
  known: SubscriptionPeriodRow | null = null,
): number | null {
  if (latePeriod) return null
  const present = period?.row ?? known
  return present && present.startAt.getTime() === currentPeriodStart?.getTime() ? present.ordinal : null
}
