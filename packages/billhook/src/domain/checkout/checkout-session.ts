import type { CheckoutStatus } from '../../providers/provider.ts'

export interface CheckoutSession {
  id: string
  organizationId: string
  provider: string
  externalSessionId: string | null
  url: string | null
  status: CheckoutStatus
  priceId: string
  quantity: number
  expiresAt: Date | null
  /** Once it is complete and its subscription is known here. */
  subscriptionId: string | null
}
