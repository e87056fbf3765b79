import { checkoutSessionView } from '../../outbox/billing-event.ts'
import type { Changes } from './changes.ts'
import type { SyncState } from './state.ts'
import type { Tools } from './tools.ts'

/** A live subscription completes the checkout it came from, whether the session's own event came first, last or never. */
export function completeCheckout(
  { clock }: Tools,
  { checkout }: SyncState,
  subscriptionId: string,
  changes: Changes,
): void {
  if (!checkout || (checkout.status === 'complete' && checkout.subscriptionId === subscriptionId)) return
  const changed = {
    ...checkout,
    status: 'complete' as const,
    url: null,
    concludedBy: 'provider' as const,
    subscriptionId,
    updatedAt: clock.now(),
  }
  changes.checkout = changed
  if (checkout.status === 'complete') return
  changes.facts.push({ type: 'checkout.completed', objectId: checkout.id, data: checkoutSessionView(changed) })
}
