import { notFound } from './api-error.ts'
import { changeStatus } from './change-status.ts'
import { oweMore, spendFunding, takePayment } from './collect.ts'
import { beginCycle } from './cycles.ts'
import type { EmulatorContext } from './emulator-context.ts'
import type { Approval, Billing, Funding, HeldSubscription } from './objects.ts'
import { takeRevision } from './revise.ts'
import { chargeOf, setupFeeOf } from './terms.ts'
import { billingTimeOf } from './times.ts'

export interface ApproveOptions {
  funding?: Funding
  /** Money from a card needs no new consent when the subscription is revised. */
  source?: 'paypal' | 'card'
}

/** What waits for the buyer behind an approve link. */
export interface Pending {
  subscription: HeldSubscription
  approval: Approval
  isRevision: boolean
}

/** By the link, its token or the subscription's id; of a revision and a first approval the one that is open. */
export function findPending({ state, clock }: EmulatorContext, subscriptionIdOrUrl: string): Pending | null {
  const token = /BA-[0-9A-Z]+/.exec(subscriptionIdOrUrl)?.[0]
  for (const subscription of state.subscriptions.values()) {
    const isFirst = subscription.status === 'APPROVAL_PENDING'
    const approval = isFirst ? subscription.approval : subscription.revision
    const isIt = token === undefined ? subscription.id === subscriptionIdOrUrl : approval?.baToken === token
    if (!isIt || !approval || approval.endsAt < clock.seconds()) continue
    return { subscription, approval, isRevision: !isFirst }
  }
  return null
}

/** The buyer agrees. Answers false where the money that is due at once could not be taken, and the buyer stays on the page. */
export function approve(context: EmulatorContext, pending: Pending, { funding, source }: ApproveOptions): boolean {
  const { subscription, isRevision } = pending
  if (isRevision) {
    takeRevision(context, subscription)
    return true
  }
  const chosen = funding ?? 'pays'
  const asksForMoneyNow =
    subscription.approval.context?.payment_method?.payee_preferred === 'IMMEDIATE_PAYMENT_REQUIRED'
  if (chosen === 'declines' && asksForMoneyNow && isDueNow(context, subscription)) return false
  const now = context.clock.seconds()
  subscription.funding = chosen
  subscription.source = source ?? 'paypal'
  subscription.payerId = context.ids.next('', 13)
  subscription.subscriber = { ...buyer, ...subscription.subscriber }
  subscription.createdAt = now
  if (subscription.approval.context?.user_action === 'CONTINUE') {
    changeStatus(context, subscription, 'APPROVED', null, null)
  } else activate(context, subscription, null)
  return true
}

const buyer = { email_address: 'buyer@example.com', name: { given_name: 'Ada', surname: 'Buyer' } }

function isDueNow(context: EmulatorContext, subscription: HeldSubscription): boolean {
  const now = context.clock.seconds()
  const first = subscription.terms.cycles[0]
  if (setupFeeOf(subscription).total > 0) return true
  return first !== undefined && subscription.startAt <= now && chargeOf(subscription, first, now).total > 0
}

/** From approved to running: the setup fee, then the first cycle, unless the start lies ahead. */
export function activate(context: EmulatorContext, subscription: HeldSubscription, note: string | null): void {
  const now = context.clock.seconds()
  const billing = newBilling(subscription, now)
  subscription.billing = billing
  changeStatus(context, subscription, 'ACTIVE', note, 'BILLING.SUBSCRIPTION.ACTIVATED')
  const isRunning = chargeSetupFee(context, subscription, billing)
  if (isRunning && subscription.startAt <= now) beginCycle(context, subscription, billing)
  if (billing.lastPayment) spendFunding(subscription)
}

function newBilling({ startAt }: HeldSubscription, now: number): Billing {
  return {
    position: 0,
    anchor: startAt,
    begun: 0,
    completed: {},
    outstanding: 0,
    outstandingTax: 0,
    failures: 0,
    owed: null,
    retryAt: null,
    nextAt: billingTimeOf(Math.max(startAt, now)),
    endsAt: null,
    lastPayment: null,
    lastFailure: null,
  }
}

/** False where the plan gives up without it. */
function chargeSetupFee(context: EmulatorContext, subscription: HeldSubscription, billing: Billing): boolean {
  const fee = setupFeeOf(subscription)
  if (fee.total === 0 || takePayment(context, subscription, billing, fee)) return true
  if (subscription.terms.preferences.setup_fee_failure_action === 'CANCEL') {
    billing.nextAt = null
    changeStatus(context, subscription, 'CANCELLED', null, 'BILLING.SUBSCRIPTION.CANCELLED')
    return false
  }
  oweMore(billing, fee)
  return true
}

/** What an approval that is not there answers to a test. */
export function demandPending(context: EmulatorContext, subscriptionIdOrUrl: string): Pending {
  const pending = findPending(context, subscriptionIdOrUrl)
  if (!pending) throw notFound(subscriptionIdOrUrl)
  return pending
}
