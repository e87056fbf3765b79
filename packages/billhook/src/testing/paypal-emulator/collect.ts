import { changeStatus } from './change-status.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Billing, Charge, HeldCycle, HeldSubscription, OwedCycle } from './objects.ts'
import { renderSubscription } from './render-subscription.ts'
import { makeSale } from './sales.ts'
import { nextBoundary, showNext } from './schedule.ts'

const retrySeconds = 5 * 86_400
/** The first try and two more. */
const mostAttempts = 3

/** One attempt to take money. */
export function takePayment(
  context: EmulatorContext,
  subscription: HeldSubscription,
  billing: Billing,
  charge: Charge,
): boolean {
  const isDeclined = subscription.funding === 'declines'
  makeSale(context, subscription, charge, isDeclined)
  const entry = { amount: charge.total, at: context.clock.seconds() }
  if (isDeclined) billing.lastFailure = entry
  else billing.lastPayment = entry
  subscription.updatedAt = entry.at
  return !isDeclined
}

/** Charges a cycle. What fails is tried again. */
export function collectCycle(
  context: EmulatorContext,
  subscription: HeldSubscription,
  billing: Billing,
  { sequence }: HeldCycle,
  charge: Charge,
): void {
  billing.owed = { sequence, charge, attempts: 0 }
  retryCycle(context, subscription, billing)
}

/** With the debt of earlier cycles, as much of it as is left, where the plan says so. */
export function retryCycle(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): void {
  const { owed } = billing
  if (!owed) return
  const { charge } = owed
  const outstanding = subscription.terms.preferences.auto_bill_outstanding ? billing.outstanding : 0
  const tax = charge.tax + shareOfTax(billing, outstanding)
  owed.attempts += 1
  if (takePayment(context, subscription, billing, { ...charge, total: charge.total + outstanding, tax })) {
    reduceDebt(billing, outstanding)
    billing.failures = 0
    closeCycle(subscription, billing, owed)
    spendFunding(subscription)
    return
  }
  const isLast = owed.attempts >= mostAttempts
  billing.retryAt = isLast ? null : context.clock.seconds() + retrySeconds
  if (isLast) giveUp(subscription, billing, owed)
  context.emit(
    'BILLING.SUBSCRIPTION.PAYMENT.FAILED',
    renderSubscription(context, subscription, ['last_failed_payment']),
  )
  if (isLast) suspendAtThreshold(context, subscription, billing)
}

/** The next cycle is due before the retries are through. */
export function giveUpUnpaid(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): void {
  if (billing.owed) giveUp(subscription, billing, billing.owed)
  subscription.updatedAt = context.clock.seconds()
  suspendAtThreshold(context, subscription, billing)
}

/** What could not be collected is debt from now on, and one more failure. */
function giveUp(subscription: HeldSubscription, billing: Billing, owed: OwedCycle): void {
  oweMore(billing, owed.charge)
  billing.failures += 1
  closeCycle(subscription, billing, owed)
}

/** Charged or not, it is done with. */
export function closeCycle(subscription: HeldSubscription, billing: Billing, { sequence }: OwedCycle): void {
  countCompleted(billing, sequence)
  billing.owed = null
  billing.retryAt = null
  showNext(subscription, billing)
}

export function countCompleted({ completed }: Billing, sequence: number): void {
  completed[sequence] = (completed[sequence] ?? 0) + 1
}

/** Whoever `fails_later` has nothing left after the first time that the money was there. */
export function spendFunding(subscription: HeldSubscription): void {
  if (subscription.funding === 'fails_later') subscription.funding = 'declines'
}

function suspendAtThreshold(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): void {
  const threshold = subscription.terms.preferences.payment_failure_threshold
  if (threshold === 0 || billing.failures < threshold) return
  changeStatus(context, subscription, 'SUSPENDED', null, 'BILLING.SUBSCRIPTION.SUSPENDED')
}

export function oweMore(billing: Billing, { total, tax }: Charge): void {
  billing.outstanding += total
  billing.outstandingTax += tax
}

/** Debt that was paid, or forgiven. */
export function reduceDebt(billing: Billing, amount: number): void {
  billing.outstandingTax -= shareOfTax(billing, amount)
  billing.outstanding -= amount
}

export function shareOfTax({ outstanding, outstandingTax }: Billing, amount: number): number {
  return outstanding === 0 ? 0 : Math.round((outstandingTax * amount) / outstanding)
}

/** Whether another charge falls due before the retry. */
export function isOvertaken(subscription: HeldSubscription, billing: Billing): boolean {
  return billing.retryAt === null || nextBoundary(subscription, billing) <= billing.retryAt
}
