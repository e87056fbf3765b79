import { change, type EmulatorContext } from './emulator-context.ts'
import type { Invoice, Subscription, SubscriptionStatus } from './objects.ts'
import { applyPendingResume } from './pending-resume.ts'
import { applyPendingUpdate } from './pending-update.ts'

/** The status that the latest invoice leaves a subscription in; trials and what has ended keep theirs. */
function statusAfter(status: SubscriptionStatus, latest: Invoice): SubscriptionStatus {
  const isSettled = latest.status === 'paid' || latest.status === 'void' || latest.status === 'uncollectible'
  if (status === 'incomplete') return latest.status === 'paid' ? 'active' : 'incomplete'
  if (status !== 'active' && status !== 'past_due' && status !== 'unpaid') return status
  if (isSettled) return 'active'
  const hasFailed = latest.status === 'open' && latest.attempted
  return hasFailed && status === 'active' ? 'past_due' : status
}

/** Brings a subscription's status in line with its latest invoice, with the event if it moved. */
export function settleStatus(context: EmulatorContext, subscription: Subscription): void {
  const latest = context.state.invoices.get(subscription.latest_invoice ?? '')
  if (!latest) return
  if (latest.status === 'paid') {
    applyPendingUpdate(context, subscription, latest.id)
    applyPendingResume(context, subscription, latest.id)
  }
  // A change that still waits for its payment has not happened, so its open invoice is no arrears.
  if (context.state.pendingUpdates.has(subscription.id)) return
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.status = statusAfter(subscription.status, latest)
  })
}
