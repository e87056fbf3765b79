import { changeStatus } from './change-status.ts'
import { collectCycle, countCompleted, giveUpUnpaid, isOvertaken, retryCycle } from './collect.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Billing, HeldSubscription } from './objects.ts'
import { countBegun, nextBoundary, showNext, upcomingCycle } from './schedule.ts'
import { chargeOf } from './terms.ts'

interface DueWork {
  at: number
  run: () => void
}

/** Charges come a while after the time that `next_billing_time` names. */
const chargeDelaySeconds = 13 * 60

/** The next cycle begins: it is charged, or, where it costs nothing, just counted. */
export function beginCycle(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): void {
  const cycle = upcomingCycle(subscription, billing)
  if (!cycle) return
  const charge = chargeOf(subscription, cycle, context.clock.seconds())
  countBegun(subscription, billing)
  if (charge.total > 0) {
    collectCycle(context, subscription, billing, cycle, charge)
    return
  }
  countCompleted(billing, cycle.sequence)
  showNext(subscription, billing)
}

/** Moves the clock, doing everything that falls due on the way at its own instant, one after the other. */
export function advanceTo(context: EmulatorContext, target: number): void {
  for (;;) {
    let next: DueWork | null = null
    for (const subscription of context.state.subscriptions.values()) {
      const work = dueWork(context, subscription)
      if (work && (!next || work.at < next.at)) next = work
    }
    if (!next || next.at > target) break
    context.clock.moveTo(next.at)
    next.run()
  }
  context.clock.moveTo(target)
}

function dueWork(context: EmulatorContext, subscription: HeldSubscription): DueWork | null {
  const { status, billing } = subscription
  if (status !== 'ACTIVE' || !billing) return null
  if (billing.owed) return dunning(context, subscription, billing)
  if (billing.endsAt !== null) {
    return {
      at: billing.endsAt,
      run: () => changeStatus(context, subscription, 'EXPIRED', null, 'BILLING.SUBSCRIPTION.EXPIRED'),
    }
  }
  if (billing.nextAt === null) return null
  // The day of a start that lies ahead is charged at its hour, which may be later than ten.
  const at = Math.max(billing.nextAt + chargeDelaySeconds, subscription.startAt)
  return { at, run: () => beginCycle(context, subscription, billing) }
}

function dunning(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): DueWork {
  if (!isOvertaken(subscription, billing) && billing.retryAt !== null) {
    return { at: billing.retryAt, run: () => retryCycle(context, subscription, billing) }
  }
  return {
    at: nextBoundary(subscription, billing),
    run: () => giveUpUnpaid(context, subscription, billing),
  }
}
