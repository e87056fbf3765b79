import type { CheckoutSessionData } from '../snapshots.ts'
import { fromMetadata } from './reference.ts'
import { checkoutStatus } from './status.ts'
import { checkoutSessionWire, readWire } from './wire.ts'

/** Sessions of any mode: one-off payments and card set-ups simply have no subscription. */
export function normalizeCheckoutSession(value: unknown): CheckoutSessionData {
  const wire = readWire(checkoutSessionWire, value, 'checkout session')
  const subscription =
    typeof wire.subscription === 'string' ? { id: wire.subscription, status: null } : wire.subscription
  const status = checkoutStatus({
    status: wire.status,
    paymentStatus: wire.payment_status,
    subscriptionStatus: subscription?.status ?? null,
  })
  return {
    externalSessionId: wire.id,
    status,
    url: status === 'open' ? wire.url : null,
    externalCustomerId: wire.customer,
    externalSubscriptionId: subscription?.id ?? null,
    expiresAt: wire.expires_at,
    reference: fromMetadata(wire.metadata),
  }
}
