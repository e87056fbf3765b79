import { collectInvoice, isClearing as isInvoiceClearing } from './collect-invoice.ts'
import { change, type EmulatorContext } from './emulator-context.ts'
import type { Invoice, Subscription } from './objects.ts'
import { paymentMethodOf } from './payment-methods.ts'
import { expirePendingResume } from './pending-resume.ts'
import { clearPendingUpdate } from './pending-update.ts'
import { finalizeAndCollect, renewSubscription } from './renew-subscription.ts'
import { settleStatus } from './settle-status.ts'
import { endSubscription, expireIncomplete } from './subscription-end.ts'

interface DueWork {
  at: number
  run: () => void
}

const incompleteSeconds = 23 * 3600
const trialNoticeSeconds = 3 * 86_400

/** Moves the clock, doing everything that falls due on the way at its own instant, one after the other. */
export function advanceTo(context: EmulatorContext, target: number): void {
  for (;;) {
    const next = earliest(dueWork(context))
    if (!next || next.at > target) break
    context.clock.moveTo(next.at)
    next.run()
  }
  context.clock.moveTo(target)
}

function earliest(work: Iterable<DueWork>): DueWork | null {
  let first: DueWork | null = null
  for (const candidate of work) if (!first || candidate.at < first.at) first = candidate
  return first
}

function* dueWork(context: EmulatorContext): Generator<DueWork> {
  for (const session of context.state.sessions.values()) {
    if (session.status !== 'open') continue
    yield {
      at: session.expires_at,
      run: () => {
        session.status = 'expired'
        session.url = null
        context.emit('checkout.session.expired', session)
      },
    }
  }
  for (const invoice of context.state.invoices.values()) yield* invoiceWork(context, invoice)
  for (const subscription of context.state.subscriptions.values()) yield* subscriptionWork(context, subscription)
}

function* invoiceWork(context: EmulatorContext, invoice: Invoice): Generator<DueWork> {
  const subscription = context.state.subscriptions.get(invoice.parent.subscription_details.subscription)
  if (!subscription) return
  if (invoice.status === 'draft' && invoice.automatically_finalizes_at !== null) {
    yield { at: invoice.automatically_finalizes_at, run: () => finalizeAndCollect(context, subscription, invoice) }
  }
  if (invoice.status === 'open' && invoice.next_payment_attempt !== null) {
    yield { at: invoice.next_payment_attempt, run: () => retry(context, subscription, invoice) }
  }
}

function retry(context: EmulatorContext, subscription: Subscription, invoice: Invoice): void {
  collectInvoice(context, invoice, paymentMethodOf(context, subscription))
  settleStatus(context, subscription)
  const isGivenUp = invoice.status === 'open' && invoice.next_payment_attempt === null
  if (!isGivenUp || subscription.status !== 'past_due') return
  const { afterLastRetry } = context.settings
  if (afterLastRetry === 'canceled') endSubscription(context, subscription, 'payment_failed')
  else {
    change(context, subscription, 'customer.subscription.updated', () => {
      subscription.status = afterLastRetry
    })
  }
}

function* subscriptionWork(context: EmulatorContext, subscription: Subscription): Generator<DueWork> {
  const { status } = subscription
  if (status === 'incomplete' && !isClearing(context, subscription)) {
    yield { at: subscription.created + incompleteSeconds, run: () => expireIncomplete(context, subscription) }
  }
  const resumption = context.state.pendingResumes.get(subscription.id)
  if (resumption) yield { at: resumption.expiresAt, run: () => expirePendingResume(context, subscription) }
  if (status !== 'trialing' && status !== 'active' && status !== 'past_due' && status !== 'unpaid') return
  const pending = context.state.pendingUpdates.get(subscription.id)
  if (pending) yield { at: pending.expiresAt, run: () => clearPendingUpdate(context, subscription, 'expired') }
  const resumesAt = subscription.pause_collection?.resumes_at ?? null
  if (resumesAt !== null) yield { at: resumesAt, run: () => resumeCollection(context, subscription) }
  if (status === 'trialing' && subscription.trial_end !== null && !context.state.trialsAnnounced.has(subscription.id)) {
    yield { at: subscription.trial_end - trialNoticeSeconds, run: () => announceTrialEnd(context, subscription) }
  }
  // Listed before the renewal: of two things due in one instant the end comes first, so nothing is billed past it.
  if (subscription.cancel_at !== null) {
    yield {
      at: subscription.cancel_at,
      run: () => endSubscription(context, subscription, 'cancellation_requested'),
    }
  }
  yield {
    at: Math.min(...subscription.items.data.map((item) => item.current_period_end)),
    run: () => renewSubscription(context, subscription),
  }
}

/** A first payment that is on its way is waited for. */
function isClearing(context: EmulatorContext, subscription: Subscription): boolean {
  const latest = context.state.invoices.get(subscription.latest_invoice ?? '')
  return latest !== undefined && isInvoiceClearing(context, latest)
}

function resumeCollection(context: EmulatorContext, subscription: Subscription): void {
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.pause_collection = null
  })
}

function announceTrialEnd(context: EmulatorContext, subscription: Subscription): void {
  context.state.trialsAnnounced.add(subscription.id)
  context.emit('customer.subscription.trial_will_end', subscription)
}
