import type { CheckoutStatus } from '../providers/provider.ts'

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

/** The stored row as it is shown. */
export const checkoutSessionView = (row: CheckoutSession): CheckoutSession => ({
  id: row.id,
  organizationId: row.organizationId,
  provider: row.provider,
  externalSessionId: row.externalSessionId,
  url: row.url,
  status: row.status,
  priceId: row.priceId,
  quantity: row.quantity,
  expiresAt: row.expiresAt,
  subscriptionId: row.subscriptionId,
})
