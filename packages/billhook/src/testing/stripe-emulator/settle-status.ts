import { change, type EmulatorContext } from './emulator-context.ts'
import type { Invoice, Subscription, SubscriptionStatus } from './objects.ts'

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
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.status = statusAfter(subscription.status, latest)
  })
}
