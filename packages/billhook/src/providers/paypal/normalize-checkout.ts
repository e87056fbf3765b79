import { addDuration } from '../../primitives/index.ts'
import type { CheckoutSessionData } from '../snapshots.ts'
import { fromCustomId } from './reference.ts'
import { checkoutStatus } from './status.ts'
import type { SubscriptionWire } from './wire.ts'
import { linkTo } from './wire-fields.ts'

/** How long an approval page is good for: PayPal's tokens live three hours. */
export const approvalLife = 'PT3H'

/** Pure, so an approval that nobody gave stays `open` until PayPal says otherwise; core gives it up by its own clock. */
export function normalizeCheckoutSession(wire: SubscriptionWire): CheckoutSessionData {
  const status = checkoutStatus(wire)
  const { externalCustomerId, reference } = fromCustomId(wire.custom_id, wire.id)
  return {
    externalSessionId: wire.id,
    status,
    url: status === 'open' ? linkTo(wire.links, 'approve') : null,
    externalCustomerId,
    externalSubscriptionId: status === 'complete' ? wire.id : null,
    expiresAt: wire.create_time && addDuration(wire.create_time, approvalLife),
    reference,
  }
}
