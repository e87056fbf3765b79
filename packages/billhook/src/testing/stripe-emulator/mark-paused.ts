import { change, type EmulatorContext } from './emulator-context.ts'
import type { Subscription } from './objects.ts'

/** From now on no invoices and no new period; `why` is Stripe's word for the reason. */
export function markPaused(context: EmulatorContext, subscription: Subscription, why: string): void {
  change(context, subscription, 'customer.subscription.updated', () => {
    subscription.status = 'paused'
    subscription.status_details = {
      paused: { subscription: { type: why }, transitioned_at: context.clock.seconds(), type: 'subscription' },
    }
  })
  context.emit('customer.subscription.paused', subscription)
}
