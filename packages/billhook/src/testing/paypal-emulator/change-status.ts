import type { EmulatorContext } from './emulator-context.ts'
import type { HeldSubscription, SubscriptionStatus } from './objects.ts'
import { renderSubscription } from './render-subscription.ts'

/** The note is the reason that a caller gave; the event tells the subscription as it is afterwards. */
export function changeStatus(
  context: EmulatorContext,
  subscription: HeldSubscription,
  status: SubscriptionStatus,
  note: string | null,
  eventType: string | null,
): void {
  const now = context.clock.seconds()
  Object.assign(subscription, { status, statusNote: note, statusUpdatedAt: now, updatedAt: now })
  if (eventType !== null) context.emit(eventType, renderSubscription(context, subscription))
}
