import type { PauseData, SubscriptionData } from '../snapshots.ts'
import { UnreadableObject } from './errors.ts'
import { completed, type Times, timesOf } from './periods.ts'
import { currencyOf, regularCycle, termsOf } from './plan-terms.ts'
import { fromCustomId } from './reference.ts'
import { hasEnded, isPending, isStopped, subscriptionStatus } from './status.ts'
import { type PlanTerms, type SubscriptionWire, subscriptionWire } from './wire.ts'
import { readWire } from './wire-fields.ts'

/** A subscription with the plan as it has it: without that nothing is known of money and periods. */
export interface SubscriptionWithPlan extends SubscriptionWire {
  plan: PlanTerms
}

export const readSubscription = (value: unknown): SubscriptionWire => readWire(subscriptionWire, value, 'subscription')

export function normalizeSubscription(wire: SubscriptionWithPlan): SubscriptionData {
  const times = timesOf(wire, wire.plan)
  const status = subscriptionStatus(wire, times.isInTrial)
  if (!times.period && !isPending(wire)) {
    throw new UnreadableObject(`PayPal's subscription ${wire.id} is ${wire.status} but shows no start.`)
  }
  const { externalCustomerId, reference } = fromCustomId(wire.custom_id, wire.id)
  const quantity = quantityOf(wire)
  const endedAt = hasEnded(wire) ? (wire.status_update_time ?? wire.update_time) : null
  return {
    externalSubscriptionId: wire.id,
    externalCustomerId,
    status,
    currency: currencyOf(wire.plan),
    // It has one item and no id for it.
    items: [{ externalItemId: wire.id, externalPriceId: wire.plan_id, quantity }],
    currentPeriodStart: times.period?.start ?? null,
    currentPeriodEnd: times.period?.end ?? null,
    billingAnchorAt: times.anchorAt,
    startedAt: times.startedAt,
    trialStart: times.trial?.start ?? null,
    trialEnd: times.trial?.end ?? null,
    cancelAt: hasEnded(wire) ? null : lastEnd(wire, times),
    canceledAt: wire.status === 'CANCELLED' ? endedAt : null,
    endedAt,
    pause: pauseOf(wire, status),
    // Bills are computed; PayPal has none to name.
    latestExternalInvoiceId: null,
    terms: termsOf(wire.plan, wire.plan_id, quantity),
    collectsNothingSince: isStopped(wire) ? (wire.status_update_time ?? wire.update_time) : null,
    reference,
  }
}

export function quantityOf({ id, quantity }: SubscriptionWire): number {
  const pieces = Number(quantity)
  if (!Number.isSafeInteger(pieces) || pieces < 1) {
    throw new UnreadableObject(`PayPal's subscription ${id} is to "${quantity}" pieces.`)
  }
  return pieces
}

/** Plans from elsewhere can be finite: after the last cycle nothing is charged any more. */
function lastEnd(wire: SubscriptionWithPlan, { period }: Times): Date | null {
  const { total_cycles: total } = regularCycle(wire.plan)
  return total > 0 && completed(wire, 'REGULAR') >= total ? (period?.end ?? null) : null
}

function pauseOf(wire: SubscriptionWire, status: SubscriptionData['status']): PauseData | null {
  return status === 'paused' ? { kind: 'service', from: wire.status_update_time, resumesAt: null } : null
}
