import type { SubscriptionData } from '../../providers/provider.ts'
import type { Changes } from './changes.ts'
import type { SubscriptionPeriodRow, SyncState } from './state.ts'
import type { BindingRow, SubscriptionRow } from './store.ts'
import type { Tools } from './tools.ts'
import type { Observation } from './version.ts'

/**
 * Notes a period that was heard of, in its place, whenever that is. `isPresent`: it is the one the subscription is in, whose end may have
 * moved (a trial that was extended). The end of an older one is what was said of it last, in whatever order that is heard.
 */
export function rememberPeriod(
  { ids, clock }: Tools,
  state: SyncState,
  { snapshot, observation }: { snapshot: SubscriptionData; observation: Observation },
  place: { id: string; role: BindingRow['role']; subscriptionId: string },
  changes: Changes,
  { isPresent } = { isPresent: false },
): void {
  const { currentPeriodStart: startAt, currentPeriodEnd: endAt } = snapshot
  if (!startAt || !endAt || place.role === 'duplicate') return
  const { period: known, lastPeriod: last } = state
  if (isPresent) leavePeriod(state, startAt, changes)
  if (known) {
    if (isPresent && known.endAt.getTime() !== endAt.getTime())
      changes.period = { isNew: false, row: { ...known, endAt } }
    if (!isPresent) moveEnd(state, known, { endAt, observedAt: observation.at }, changes)
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
    isTrial: isOfTrial(snapshot, startAt),
    observedAt: isPresent ? null : observation.at,
    createdAt: clock.now(),
  }
  if (last && startAt < last.startAt) changes.latePeriod = row
  else changes.period = { isNew: true, row }
}

/** Its times say so, whatever has become of the subscription by the time that the period is first heard of. */
const isOfTrial = ({ trialStart, trialEnd }: SubscriptionData, startAt: Date): boolean =>
  trialStart !== null && trialEnd !== null && startAt >= trialStart && startAt < trialEnd

/** The period that was present until now is over: until when its end was heard of is kept with it, because the binding's time moves on. */
function leavePeriod(state: SyncState, nextStartAt: Date, changes: Changes): void {
  const { lastPeriod: last } = state
  if (last && isPresentHere(state, last) && last.startAt.getTime() !== nextStartAt.getTime())
    changes.pastPeriod = { ...last, observedAt: heardAtOf(state, last) }
}

/** Of two that were said in one second the later one stands: pauses and trials move ends on, and nobody can be asked any more. */
function moveEnd(
  state: SyncState,
  known: SubscriptionPeriodRow,
  said: { endAt: Date; observedAt: Date },
  changes: Changes,
): void {
  const heardAt = heardAtOf(state, known)
  if (!heardAt || said.observedAt < heardAt) return
  const isTie = said.observedAt.getTime() === heardAt.getTime()
  if (isTie && said.endAt <= known.endAt) return
  changes.period = { isNew: false, row: { ...known, ...said } }
}

const isPresentHere = ({ subscription }: SyncState, { startAt }: SubscriptionPeriodRow): boolean =>
  startAt.getTime() === subscription?.currentPeriodStart?.getTime()

/** When the end of a period was last heard of. Null: nobody wrote that down. */
function heardAtOf(state: SyncState, period: SubscriptionPeriodRow): Date | null {
  const byBinding = isPresentHere(state, period) ? (state.binding?.observedAt ?? null) : null
  const { observedAt } = period
  return byBinding && observedAt
    ? new Date(Math.max(byBinding.getTime(), observedAt.getTime()))
    : (byBinding ?? observedAt)
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
