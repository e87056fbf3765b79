import { unprocessable } from './api-error.ts'
import { activate } from './approval.ts'
import { changeStatus } from './change-status.ts'
import { closeCycle, oweMore } from './collect.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { HeldSubscription, SubscriptionStatus } from './objects.ts'
import { type ApiResult, done } from './route.ts'
import { skipMissed } from './schedule.ts'

function demandStatus({ status }: HeldSubscription, ...allowed: SubscriptionStatus[]): void {
  if (allowed.includes(status)) return
  throw unprocessable('SUBSCRIPTION_STATUS_INVALID', `The subscription is ${status}, not ${allowed.join(' or ')}.`)
}

/** What was being collected becomes debt; nothing is charged any more until it is activated. */
export function suspend(context: EmulatorContext, subscription: HeldSubscription, note: string | null): ApiResult {
  demandStatus(subscription, 'ACTIVE')
  stopCollecting(subscription)
  changeStatus(context, subscription, 'SUSPENDED', note, 'BILLING.SUBSCRIPTION.SUSPENDED')
  return done
}

/** For good: what comes next is not shown any more. */
export function cancel(context: EmulatorContext, subscription: HeldSubscription, note: string | null): ApiResult {
  demandStatus(subscription, 'ACTIVE', 'SUSPENDED')
  stopCollecting(subscription)
  if (subscription.billing) subscription.billing.nextAt = null
  subscription.revision = null
  changeStatus(context, subscription, 'CANCELLED', note, 'BILLING.SUBSCRIPTION.CANCELLED')
  return done
}

export function resume(context: EmulatorContext, subscription: HeldSubscription, note: string | null): ApiResult {
  const { billing, terms } = subscription
  if (subscription.status === 'APPROVED') {
    activate(context, subscription, note)
    return done
  }
  demandStatus(subscription, 'SUSPENDED')
  const threshold = terms.preferences.payment_failure_threshold
  if (billing && threshold > 0 && billing.failures >= threshold) throw unprocessable('SUBSCRIPTION_CANNOT_BE_ACTIVATED')
  if (billing) skipMissed(subscription, billing, context.clock.seconds())
  changeStatus(context, subscription, 'ACTIVE', note, 'BILLING.SUBSCRIPTION.RE-ACTIVATED')
  return done
}

function stopCollecting(subscription: HeldSubscription): void {
  const { billing } = subscription
  if (!billing?.owed) return
  oweMore(billing, billing.owed.charge)
  closeCycle(subscription, billing, billing.owed)
}
