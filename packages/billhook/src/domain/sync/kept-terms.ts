import type { KeptTerms } from '../../db/schema/index.ts'
import { stableStringify } from '../../primitives/index.ts'
import type { BilledSubscription, SubscriptionData, TermsSince } from '../../providers/provider.ts'

type Entry = KeptTerms['history'][number]

/**
 * What is kept of a subscription's terms after a snapshot, whichever snapshot was heard of first: one too old for the present state still
 * says what bills of its time cost. `isLatest`: its times and its terms are the present ones. Null where a provider tells no terms.
 */
export function termsAfter(
  known: KeptTerms | null,
  snapshot: SubscriptionData,
  { seenAt, isLatest }: { seenAt: Date; isLatest: boolean },
): KeptTerms | null {
  const { terms, billingAnchorAt, currency, trialStart, trialEnd, endedAt } = snapshot
  if (!terms) return known
  const isFirst = known === null
  const stoppedAt = laterText(known?.stoppedAt, snapshot.collectsNothingSince?.toISOString())
  const times = {
    currency,
    trialStart: trialStart?.toISOString() ?? null,
    trialEnd: trialEnd?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  }
  const kept = { ...(known && !isLatest ? known : { ...times, history: known?.history ?? [] }), stoppedAt }
  // What has not begun has no cycles to tell the price of.
  if (!billingAnchorAt) return kept
  const entry = { seenAt: seenAt.toISOString(), anchorAt: billingAnchorAt.toISOString(), terms }
  return { ...kept, history: historyWith(kept.history, entry, isLatest || isFirst) }
}

/** A stop is remembered once it is over: nothing that was planned before it comes back. Instants of one form sort as text. */
const laterText = (a: string | null | undefined, b: string | null | undefined): string | null =>
  (a ?? '') > (b ?? '') ? (a ?? null) : (b ?? null)

function historyWith(history: readonly Entry[], entry: Entry, isLatest: boolean): Entry[] {
  const present = history.at(-1)
  const sorted = [...history, entry].sort((a, b) => Date.parse(a.seenAt) - Date.parse(b.seenAt))
  const ends = isLatest ? entry : present
  if (ends && !isSame(sorted.at(-1), ends)) sorted.push({ ...ends, seenAt: sorted.at(-1)?.seenAt ?? ends.seenAt })
  // Terms that are seen again have not changed in between.
  return sorted.filter((one, n) => !isSame(sorted[n - 1], one))
}

const isSame = (a: Entry | undefined, b: Entry): boolean =>
  a !== undefined && a.anchorAt === b.anchorAt && stableStringify(a.terms) === stableStringify(b.terms)

/** A binding as its bills are written from. */
export function billedSubscription(
  kept: KeptTerms,
  ids: Pick<BilledSubscription, 'externalSubscriptionId' | 'externalCustomerId'>,
): BilledSubscription {
  const present = kept.history.at(-1)
  return {
    ...ids,
    currency: kept.currency,
    trialStart: instant(kept.trialStart),
    trialEnd: instant(kept.trialEnd),
    endedAt: instant(kept.endedAt),
    collectsNothingSince: instant(kept.stoppedAt ?? null),
    billingAnchorAt: instant(present?.anchorAt ?? null),
    ...(present ? { terms: present.terms } : {}),
    termsHistory: kept.history.map((entry, n) => rulingFrom(entry, kept.history[n - 1])),
    reference: {},
  }
}

/**
 * Cycles that are counted anew begin where they are counted from; else terms rule what begins after they were seen. In the very second that
 * a cycle begins it may have been charged already; where it was at the new terms, its charge says so.
 */
function rulingFrom({ seenAt, anchorAt, terms }: Entry, before: Entry | undefined): TermsSince {
  const isCountedAnew = before && before.anchorAt < anchorAt
  const from = isCountedAnew ? new Date(anchorAt) : new Date(Date.parse(seenAt) + 1)
  return { from, anchorAt: new Date(anchorAt), terms }
}

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))
